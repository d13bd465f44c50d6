import { type AskedModel, tasks } from "./asked.ts";
import { markedName, withLegend } from "./aware_mark.ts";
import { casesText, intervalText, scoreText, thousands } from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { MethodClasses } from "./method_classes.ts";
import type { StoredScores } from "./stored_scores.ts";

/**
 * Mean scores of every method by task and length, those of the last two with their intervals; first methods that do not see
 * the question, then, marked, those that do.
 */
export function answersTable(
  { lengths, methods }: AskedModel,
  scores: StoredScores,
  classes: MethodClasses,
): string {
  const rows = tasks.flatMap((task) =>
    lengths.map((length) => {
      const lists = methods.map((method) => scores.at(task, length, method));
      const others = lists.slice(0, -2).map(scoreText);
      return [
        `\`${task}\``,
        thousands(length),
        casesText(lists),
        ...others,
        ...lists.slice(-2).map((list) => intervalText(list)),
      ];
    })
  );
  const names = methods.map((method) => markedName(method, classes));
  return withLegend(markdownTable(["task", "tokens", "n", ...names], rows));
}
