import { Command } from "@commander-js/extra-typings";
import { builtins } from "../mod.ts";
import { loadModules } from "./conform/load_modules.ts";
import { runMatrix } from "./conform/matrix.ts";
import { openSources } from "./conform/source.ts";
import { failureLine, tableOf } from "./conform/table_of.ts";
import { CliError, ExitCode, SaidError } from "./exit_code.ts";
import { jsonLine } from "./json_report.ts";
import { terminal } from "./terminal.ts";

/** `conform`: what every rule must keep to, as one matrix. */
export const conform = new Command("conform")
  .summary("check that rules keep to their contracts")
  .description(
    "Runs every scorer, evictor, allocator, calibrator, selector and quantiser on a small random model and checks what all of them must keep to. " +
      "With modules, checks the stages that they export in place of the shelf. Ends with 1 when a check fails.",
  )
  .argument("[modules...]", "TypeScript modules that export stages")
  .option("--quick", "fewer configurations of every check")
  .option("--json", "print the matrix as one JSON object")
  .action(async (modules, { json, quick = false }) => {
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
      `${failures.length} checks failed, the first: ${
        failureLine(failures[0]!)
      }`,
    );
    throw new SaidError(said); // the table says it
  });
