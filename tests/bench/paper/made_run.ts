import type { PaperRun } from "../../../bench/paper/paper_run.ts";
import type { DoneRow } from "../../../cli/eval/eval_row.ts";
import { madeRow } from "../../cli/eval/made_row.ts";

/** A run about two seeds of two lengths, which computes nothing. */
export const madeRun: PaperRun = {
  evals: [
    ["needles", "--held-out", "--lengths", "2048", "--seeds", "0-1"],
    ["needles", "--held-out", "--lengths", "8192", "--seeds", "0"],
  ],
  against: "default",
};

/** A row of such a run, on a case of `fact` that the seed names. */
export function factRow(
  method: string,
  seed: number,
  score: number,
  more: Partial<DoneRow> = {},
): DoneRow {
  return madeRow({
    case: `fact/2048/${seed}`,
    length: 2048,
    caseSeed: seed,
    method,
    score,
    ...more,
  });
}
