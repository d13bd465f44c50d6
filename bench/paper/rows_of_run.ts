import { readLengths, readRanges } from "../../cli/eval/number_lists.ts";
import type { EvalRow } from "../../cli/eval/eval_row.ts";
import { choiceOf } from "../../cli/eval/run_eval.ts";
import type { PaperRun } from "./paper_run.ts";

/** Rows about cases that a run asks: files may hold others, such as those of an earlier choice of seeds. */
export function rowsOfRun(
  rows: readonly EvalRow[],
  { evals }: PaperRun,
): EvalRow[] {
  const asked = new Set(evals.flatMap(casesOf));
  return rows.filter(({ length, caseSeed }) =>
    asked.has(`${length} ${caseSeed}`)
  );
}

/** Lengths and seeds that arguments of `eval` name. */
function casesOf(args: readonly string[]): string[] {
  const valueOf = (option: string) => args[args.indexOf(option) + 1]!;
  const { lengths, seeds } = choiceOf({
    lengths: readLengths(valueOf("--lengths")),
    seeds: readRanges(valueOf("--seeds")),
    ...(args.includes("--held-out") && { heldOut: true }),
  });
  return lengths!.flatMap((length) =>
    seeds!.map((seed) => `${length} ${seed}`)
  );
}
