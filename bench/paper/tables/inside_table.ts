import { mean } from "../../../eval/statistics/mean.ts";
import { type AskedModel, ours, singleFactTasks } from "./asked.ts";
import { NONE, scoreText, thousands } from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { StoredScores } from "./stored_scores.ts";

/**
 * What our method keeps of its accuracy inside the window, by task and length: accuracy there by that inside, rounded
 * down. Where it is 0 inside, there is nothing to keep.
 */
export function insideTable(
  { lengths }: AskedModel,
  scores: StoredScores,
): string {
  const [inside, ...past] = lengths as [number, ...number[]];
  const rows = singleFactTasks.map((task) => {
    const first = scores.at(task, inside, ours);
    return [
      `\`${task}\``,
      scoreText(first),
      ...past.map((length) => share(scores.at(task, length, ours), first)),
    ];
  });
  const head = past.map((length) => `${thousands(length)} / inside`);
  return markdownTable(["task", `inside: ${thousands(inside)}`, ...head], rows);
}

function share(past: readonly number[], inside: readonly number[]): string {
  if (past.length === 0 || !(mean(inside) > 0)) return NONE;
  const rounding = 1e-9; // of binary fractions, or 0.95 / 1 could be 0.94
  const hundredths = mean(past) / mean(inside) * 100 + rounding;
  return (Math.floor(hundredths) / 100).toFixed(2);
}
