import type { MethodClass } from "../../../eval/report/method_class.ts";
import type { AskedMethods } from "./asked.ts";
import { casesText, intervalText, NONE, thousands } from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { MethodClasses } from "./method_classes.ts";
import type { StoredScores } from "./stored_scores.ts";

/**
 * Methods of one class, a line each: accuracy with its interval by task and length. Marks say how it compares, case by
 * case, with the method that all are compared with: `=` a tie, `+` better, none worse.
 */
export function methodsTable(
  wanted: MethodClass,
  { tasks, lengths, against }: AskedMethods,
  scores: StoredScores,
  classes: MethodClasses,
): string {
  const places = tasks.flatMap((task) =>
    lengths.map((length) => ({ task, length }))
  );
  const methods = [...classes.keys()]
    .filter((method) => classes.get(method) === wanted);
  const rows = methods.map((method) => [
    method,
    ...places.map(({ task, length }) => {
      const text = intervalText(scores.at(task, length, method));
      const pair = scores.pair(task, length, method);
      if (text === NONE || method === against || !pair) return text;
      const mark = pair.tie ? "=" : pair.difference > 0 ? "+" : "";
      return `${text} ${mark}`.trimEnd();
    }),
  ]);
  const n = places.map(({ task, length }) =>
    casesText(methods.map((method) => scores.at(task, length, method)))
  );
  const head = places.map(({ task, length }) =>
    `\`${task}\`, ${thousands(length)}`
  );
  return markdownTable(["method", ...head], [...rows, ["n", ...n]]);
}
