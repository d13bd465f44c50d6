import { resolve } from "node:path";
import { checkOutput } from "./check_output.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";

/** Refuses packed files of rows, files of rows and of their table that cannot be written, or that are the same file; `input` is read. */
export async function checkRowOutputs(
  { output, table }: { readonly output?: string; readonly table?: string },
  input?: string,
): Promise<void> {
  for (const path of [output, table]) {
    if (path !== undefined) await checkOutput(path, input);
  }
  if (output?.endsWith(".gz")) {
    throw new CliError(
      ExitCode.usage,
      `Cannot keep rows in '${output}': packed rows cannot grow; name a file that ends with .jsonl`,
    );
  }
  if (!output || !table || resolve(output) !== resolve(table)) return;
  throw new CliError(
    ExitCode.usage,
    `--output and --table are both '${output}'; the table would replace the rows`,
  );
}
