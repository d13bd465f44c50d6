import { evalKeyText, type EvalRow, evalRow } from "../../cli/eval/eval_row.ts";
import { readRows } from "../../cli/experiment/rows_file.ts";

/**
 * Rows of a run from `NAME.jsonl` and every `NAME.*.jsonl` in a folder, which may come from several processes and
 * machines: of several about the same the newest that did not fail. By length, task and seed, whatever file they were
 * in; a torn last line is passed over. No file is a `RangeError`.
 */
export async function joinedRows(
  folder: URL,
  name: string,
): Promise<EvalRow[]> {
  const files: string[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    if (file.startsWith(`${name}.`) && file.endsWith(".jsonl")) {
      files.push(file);
    }
  }
  if (files.length === 0) {
    throw new RangeError(
      `No rows of '${name}' are there; put them into ${name}.jsonl or ${name}.ANYTHING.jsonl`,
    );
  }
  const best = new Map<string, EvalRow>();
  for (const file of files.sort()) {
    for (const row of await wholeRows(new URL(file, folder))) {
      const other = best.get(evalKeyText(row));
      if (!other || betterThan(row, other)) best.set(evalKeyText(row), row);
    }
  }
  return [...best.values()].sort(inOrder);
}

/** Rows of a file that may have none yet. */
async function wholeRows(file: URL): Promise<EvalRow[]> {
  const bytes = await Deno.readFile(file);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  return readRows(whole, file.pathname, evalRow);
}

function betterThan(row: EvalRow, other: EvalRow): boolean {
  const [fails, failed] = ["error" in row, "error" in other];
  return fails === failed ? row.at >= other.at : failed;
}

function inOrder(a: EvalRow, b: EvalRow): number {
  return (a.length ?? 0) - (b.length ?? 0) ||
    a.task.localeCompare(b.task, "en") ||
    (a.caseSeed ?? 0) - (b.caseSeed ?? 0);
}
