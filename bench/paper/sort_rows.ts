import type { EvalRow } from "../../cli/eval/eval_row.ts";

/**
 * Rows by length, task, seed and method, the methods in their order; what is left by case and graph. Reports and tables
 * follow the order of rows, and at the shortest length there are most methods.
 */
export function sortRows(
  rows: readonly EvalRow[],
  methods: readonly string[],
): EvalRow[] {
  const place = ({ method }: EvalRow) => {
    const at = methods.indexOf(method);
    return at < 0 ? methods.length : at;
  };
  return rows.toSorted((a, b) =>
    (a.length ?? 0) - (b.length ?? 0) ||
    byText(a.task, b.task) ||
    (a.caseSeed ?? 0) - (b.caseSeed ?? 0) ||
    byText(a.case, b.case) ||
    place(a) - place(b) ||
    byText(a.method, b.method) ||
    byText(a.effectiveHash, b.effectiveHash)
  );
}

/** By code units: languages of machines change no file. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
