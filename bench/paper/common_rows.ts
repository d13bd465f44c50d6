import { placeKey } from "../../cli/eval/eval_cells.ts";
import {
  type DoneRow,
  doneRows,
  type EvalRow,
} from "../../cli/eval/eval_row.ts";

/**
 * Rows that did not fail of cases that every method of their task and length has done: of a run that is not at its end,
 * means of methods are then over the same cases.
 */
export function commonRows(rows: readonly EvalRow[]): DoneRow[] {
  const places = Map.groupBy(doneRows(rows), placeKey);
  return [...places.values()].flatMap((own) => {
    const methods = new Set(own.map(({ method }) => method)).size;
    const done = Map.groupBy(own, (row) => row.case);
    return own.filter((row) => done.get(row.case)!.length === methods);
  });
}
