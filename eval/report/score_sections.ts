import { lengthChart } from "./length_chart.ts";
import { type Block, type Cell, heading, text } from "./blocks.ts";
import { byClass, methodClasses } from "./method_class.ts";
import type { ReportRow } from "./report_row.ts";
import { cellText, isPerplexity, scoreCell } from "./score_cell.ts";
import { distinct, lengthName, lengthsOf, taskName } from "./setting.ts";
import { standings } from "./tie_marks.ts";

/** How a table of scores is read. */
export const READ_SCORES =
  "A cell is the mean over cases, its 95 % bootstrap interval and the number of cases. Strong: the best mean of its column. ≈: a tie, its interval overlaps that of the best. Where all cases score alike the interval has no width: then only n says how sure it is.";

/** Accuracy by task, length and method: first of all tasks together, then task by task; classes of methods apart. */
export function accuracySections(rows: readonly ReportRow[]): Block[] {
  const judged = rows.filter((row) => !isPerplexity(row));
  return byClass(judged).flatMap(([one, own]) => {
    const tasks = distinct(own.map(taskName));
    const name = methodClasses[one];
    const tables = tasks.map((task) =>
      scoreTable(task, own.filter((row) => taskName(row) === task))
    );
    return [
      heading(3, `Accuracy: ${name}`),
      ...lengthChart(own, "accuracy"),
      ...(tasks.length === 1 ? [] : [
        text(unevenness(own)),
        scoreTable(`all ${tasks.length} tasks`, own),
      ]),
      ...tables,
    ];
  });
}

/** Perplexity by length and method; classes of methods apart. */
export function perplexitySections(rows: readonly ReportRow[]): Block[] {
  const measured = rows.filter(isPerplexity);
  return byClass(measured).flatMap(([one, own]) => [
    heading(3, `Perplexity: ${methodClasses[one]}`),
    ...lengthChart(own, "perplexity"),
    ...distinct(own.map(taskName)).map((task) =>
      scoreTable(task, own.filter((row) => taskName(row) === task), true)
    ),
  ]);
}

/** A line a method and a column a length. */
function scoreTable(
  caption: string,
  rows: readonly ReportRow[],
  lowerIsBetter = false,
): Block {
  const lengths = lengthsOf(rows);
  const methods = distinct(rows.map(({ method }) => method));
  const columns = lengths.map((length) => {
    const cells = methods.map((method) =>
      scoreCell(
        rows.filter((row) => row.method === method && row.length === length),
      )
    );
    const marks = standings(cells, lowerIsBetter);
    return cells.map((cell, i): Cell => {
      const said = cellText(cell);
      const { best, tied } = marks[i]!;
      const marked = tied ? `${said} ≈` : said;
      return best ? { strong: marked } : marked;
    });
  });
  return {
    kind: "table",
    caption,
    head: ["method", ...lengths.map(lengthName)],
    rows: methods.map((method, i) => [method, ...columns.map((c) => c[i]!)]),
  };
}

/** What the mean over all tasks weighs. */
function unevenness(rows: readonly ReportRow[]): string {
  const sizes = new Map<string, number>();
  for (const { method, length, task, group } of rows) {
    const key = JSON.stringify([method, length, task, group]);
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  const counts = distinct([...sizes.values()]);
  return counts.length === 1
    ? `The mean over all tasks weighs them alike: ${counts[0]} cases each.`
    : "The mean over all tasks is that over all of their cases: tasks with more cases weigh more, and columns need not hold the same tasks.";
}
