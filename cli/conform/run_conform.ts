import { builtins } from "../../mod.ts";
import { loadModules } from "./load_modules.ts";
import { runMatrix } from "./matrix.ts";
import { openSources } from "./source.ts";
import { failureLine, tableOf } from "./table_of.ts";
import { CliError, ExitCode, SaidError } from "../terminal/exit_code.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { terminal } from "../terminal/terminal.ts";

/** Flags of `conform`. */
export interface ConformFlags {
  readonly json?: true;
  readonly quick?: boolean;
}

/** Runs the matrix and prints it. */
export async function runConform(
  modules: readonly string[],
  { json, quick = false }: ConformFlags,
): Promise<void> {
  const { entries, options } = modules.length > 0
    ? await loadModules(modules)
    : { entries: builtins().entries(), options: {} };
  await using sources = await openSources();
  const matrix = await runMatrix({
    entries,
    sources,
    quick,
    options,
    onStage: (name) => {
      if (terminal.errIsTerminal) terminal.err(`\r\x1b[K${name}`);
    },
  });
  if (terminal.errIsTerminal) terminal.err("\r\x1b[K");
  if (matrix.rows.length === 0) {
    const [first] = matrix.notCovered;
    throw new CliError(
      ExitCode.usage,
      `No stage could be checked; ${first!.stage}: ${first!.why}`,
    );
  }
  terminal.out(json ? jsonLine(matrix) : tableOf(matrix));
  const failures = matrix.rows.flatMap((row) => row.failures);
  if (failures.length === 0) return;
  const said = new CliError(
    ExitCode.internal,
    `${failures.length} checks failed, the first: ${failureLine(failures[0]!)}`,
  );
  throw new SaidError(said); // the table says it
}
