import { gunzip } from "../../io/files/gzip.ts";
import { readRows } from "../experiment/rows_file.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";
import { evalKeyText, type EvalRow, evalRow } from "./eval_row.ts";

/** Reads the rows of an eval, packed or not, of several about the same the last; a torn last line is passed over. */
export async function readEvalRows(path: string): Promise<EvalRow[]> {
  await requirePermission("read", path);
  let bytes: Uint8Array;
  try {
    bytes = await gunzip(await Deno.readFile(path));
  } catch (cause) {
    throw new CliError(
      ExitCode.usage,
      `Cannot read '${path}': ${(cause as Error).message}`,
      { cause },
    );
  }
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const rows = readRows(whole, path, evalRow);
  if (rows.length === 0) {
    throw new CliError(ExitCode.usage, `'${path}' holds no rows of eval`);
  }
  return [...new Map(rows.map((row) => [evalKeyText(row), row])).values()];
}
