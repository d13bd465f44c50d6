import { type Block, heading, text } from "./blocks.ts";
import { byClass, methodClasses } from "./method_class.ts";
import type { ReportRow } from "./report_row.ts";
import { isPerplexity, type ScoreCell, scoreCell } from "./score_cell.ts";
import { distinct, lengthsOf, taskName } from "./setting.ts";

/** A cell holds what the shortest length has where it is at least this share of it. */
const HELD = 0.95;

/** How far a method's accuracy on a task holds what it has at the shortest length that was asked. */
export interface Reach {
  /** At the shortest length. */
  readonly first: ScoreCell;
  /** The longest length up to which every cell holds it. */
  readonly holds: number;
  /** Cases of the smallest cell up to there. */
  readonly n: number;
  /** The first that does not; nothing where all do. */
  readonly lost?: {
    readonly length: number;
    readonly cell: ScoreCell;
    /** Whether its interval overlaps the first one's: chance could say so. */
    readonly unsure: boolean;
  };
}

/** How far some rows of one method on one task reach; nothing where fewer than two lengths were judged, or none was right. */
export function reachOf(rows: readonly ReportRow[]): Reach | undefined {
  const cells = lengthsOf(rows).flatMap((length) => {
    if (length === null) return [];
    const cell = scoreCell(rows.filter((row) => row.length === length));
    return cell.value === null ? [] : [{ length, cell, value: cell.value }];
  });
  const [shortest, ...longer] = cells;
  if (!shortest || longer.length === 0 || shortest.value === 0) return;
  const first = shortest.cell;
  const at = longer.findIndex(({ value }) => value < HELD * shortest.value);
  const held = [shortest, ...longer.slice(0, at < 0 ? undefined : at)];
  const reach = {
    first,
    holds: held.at(-1)!.length,
    n: Math.min(...held.map(({ cell }) => cell.n)),
  };
  if (at < 0) return reach;
  const { length, cell } = longer[at]!;
  return { ...reach, lost: { length, cell, unsure: cell.high >= first.low } };
}

/** The lengths up to which answers are as good as at the shortest, by task and method; classes of methods apart. */
export function reachSections(rows: readonly ReportRow[]): Block[] {
  const judged = rows.filter((row) => !isPerplexity(row));
  const tables = byClass(judged).flatMap(([one, own]) => {
    const methods = distinct(own.map(({ method }) => method));
    const lines = distinct(own.map(taskName)).map((task) =>
      methods.map((method) =>
        reachOf(
          own.filter((row) => row.method === method && taskName(row) === task),
        )
      )
    );
    if (lines.flat().every((reach) => reach === undefined)) return [];
    return [
      {
        kind: "table",
        words: true,
        caption: `limits found: ${methodClasses[one]}`,
        head: ["task", ...methods],
        rows: distinct(own.map(taskName)).map((task, i) => [
          task,
          ...lines[i]!.map(reachText),
        ]),
      } satisfies Block,
    ];
  });
  if (tables.length === 0) return [];
  return [
    heading(3, "Limits found"),
    text(
      `The tokens up to which a method's accuracy is at least ${HELD} of its own at the shortest length that was asked, and what it is at the first length where it is not, of what it was. ≈: the two intervals overlap, so that chance could say so. –: nothing is right at the shortest length, or there is no other.`,
    ),
    ...tables,
  ];
}

/** `8,192 n 20, then 0.50 of 0.96 at 32,768 n 20`. */
function reachText(reach: Reach | undefined): string {
  if (!reach) return "–";
  const { first, holds, n, lost } = reach;
  const count = (length: number) => length.toLocaleString("en");
  const held = `${count(holds)} n ${n}`;
  if (!lost) return held;
  const { cell, length, unsure } = lost;
  return `${held}, then ${cell.value!.toFixed(2)} of ${
    first.value!.toFixed(2)
  } at ${count(length)} n ${cell.n}${unsure ? " ≈" : ""}`;
}
