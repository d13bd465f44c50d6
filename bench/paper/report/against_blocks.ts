import type { DoneRow } from "../../../cli/eval/eval_row.ts";
import { perplexity } from "../../../eval/metrics/perplexity.ts";
import { type Block, heading, text } from "../../../eval/report/blocks.ts";
import { methodPairs } from "../method_pairs.ts";

/** With fewer cases the paired tests' least p, 2 / 2ⁿ, is above 0.05. */
const LEAST = 6;

/** In how many cells each method is better or worse than the one that all are compared with; nothing without both. */
export function againstBlocks(
  rows: readonly DoneRow[],
  against: string,
): Block[] {
  const methods = new Set(rows.map(({ method }) => method));
  if (!methods.has(against) || methods.size < 2) return [];
  const sign = rows.every(({ metric }) => metric === perplexity.name) ? -1 : 1;
  const { pairs } = methodPairs(rows, against);
  const lines = [...Map.groupBy(pairs, ({ method }) => method)].map(
    ([method, cells]) => {
      const sure = cells.filter(({ tie }) => !tie);
      const better = sure.filter((cell) => sign * cell.difference > 0).length;
      const count = (enough: boolean) =>
        cells.filter(({ tie, n }) => tie && (n >= LEAST) === enough).length;
      return [
        method,
        ...[cells.length, better, sure.length - better].map(String),
        ...[count(true), count(false)].map(String),
      ];
    },
  );
  return [
    heading(3, `Against ${against}, case by case`),
    text(
      `A cell is a task at a length. A difference of the means over the same cases is a tie where its 95 % bootstrap interval holds 0 or p of the paired test is above 0.05, which is not corrected for the number of cells. With fewer than ${LEAST} cases p cannot be lower, whatever the means: such cells say nothing here. Methods that know other things than ${against} are no fair pair.`,
    ),
    {
      kind: "table",
      head: ["method", "cells", "better", "worse", "ties", `n below ${LEAST}`],
      rows: lines,
    },
  ];
}
