// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { evalKeyText, type EvalRow, evalRow } from "../../cli/eval/eval_row.ts";
import { readRows } from "../../cli/experiment/rows_file.ts";
import { gunzip } from "../../io/files/gzip.ts";
import { readStoredRows, STORED_ROWS } from "./stored_rows.ts";

/**
 * Rows of a run from `NAME.jsonl` and every `NAME.*.jsonl` and `NAME.*.jsonl.gz` in a folder, which may come from
 * several processes and machines: of several about the same the newest that did not fail. Those that git holds,
 * `NAME.rows.jsonl.gz`, count too, except of methods that the other files have with another graph. A torn last line is
 * passed over. No file is a `RangeError`.
 */
export async function joinedRows(
  folder: URL,
  name: string,
): Promise<EvalRow[]> {
  const files: string[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    const own = file.startsWith(`${name}.`) && /\.jsonl(\.gz)?$/.test(file);
    if (own && file !== `${name}${STORED_ROWS}`) files.push(file);
  }
  const stored = await readStoredRows(folder, name);
  if (files.length === 0 && !stored) {
    throw new RangeError(
      `No rows of '${name}' are there; put them into ${name}.jsonl or ${name}.ANYTHING.jsonl`,
    );
  }
  const rows: EvalRow[] = [];
  for (const file of files.sort()) {
    rows.push(...await wholeRows(new URL(file, folder)));
  }
  const best = new Map<string, EvalRow>();
  for (const row of [...ofSameGraphs(stored ?? [], rows, name), ...rows]) {
    const other = best.get(evalKeyText(row));
    if (!other || betterThan(row, other)) best.set(evalKeyText(row), row);
  }
  return [...best.values()];
}

/** Rows of a file that may have none yet. */
async function wholeRows(file: URL): Promise<EvalRow[]> {
  const path = fileURLToPath(file);
  const bytes = await gunzip(await Deno.readFile(path));
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  return readRows(whole, path, evalRow);
}

/** Stored rows without those of methods that are there with another graph: one label is one graph. */
function ofSameGraphs(
  stored: readonly EvalRow[],
  rows: readonly EvalRow[],
  name: string,
): EvalRow[] {
  const methodOf = ({ method, modelHash }: EvalRow) => `${modelHash} ${method}`;
  const methods = Map.groupBy(rows, methodOf);
  const same = stored.filter((row) =>
    methods.get(methodOf(row))
      ?.some(({ effectiveHash }) => effectiveHash === row.effectiveHash) ?? true
  );
  if (same.length < stored.length) {
    console.log(
      `${name}: ${
        stored.length - same.length
      } stored rows of other graphs are left out`,
    );
  }
  return same;
}

function betterThan(row: EvalRow, other: EvalRow): boolean {
  const [fails, failed] = ["error" in row, "error" in other];
  return fails === failed ? row.at >= other.at : failed;
}
