import { readEvalRows } from "../../cli/eval/read_rows.ts";
import type { EvalRow } from "../../cli/eval/eval_row.ts";
import { jsonLine } from "../../cli/terminal/json_report.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { gzip } from "../../io/files/gzip.ts";
import { slimRow } from "./slim_row.ts";

/** How files of rows that git holds end. */
export const STORED_ROWS = ".rows.jsonl.gz";

/** Writes rows of a run as git holds them, in the order in which they are given; the same rows are the same bytes. */
export async function writeStoredRows(
  folder: URL,
  name: string,
  rows: readonly EvalRow[],
): Promise<void> {
  const lines = rows.map((row) => jsonLine(slimRow(row))).join("");
  await atomicWrite(
    new URL(`${name}${STORED_ROWS}`, folder).pathname,
    gzip(lines),
  );
}

/** Rows of a run that git holds; `undefined` where it holds none. */
export async function readStoredRows(
  folder: URL,
  name: string,
): Promise<EvalRow[] | undefined> {
  const { pathname } = new URL(`${name}${STORED_ROWS}`, folder);
  try {
    await Deno.stat(pathname);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return await readEvalRows(pathname);
}
