import type { PaperRun } from "../../../bench/paper/paper_run.ts";

/** A run about two seeds of two lengths, which computes nothing. */
export const madeRun: PaperRun = {
  evals: [
    ["needles", "--held-out", "--lengths", "2048", "--seeds", "0-1"],
    ["needles", "--held-out", "--lengths", "8192", "--seeds", "0"],
  ],
  against: "default",
};
