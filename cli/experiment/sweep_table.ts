import { table } from "../terminal/sources.ts";
import type { Outcome, Row } from "./row.ts";

/** One variation on one task. */
export interface SweepCell {
  readonly variation: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly task: string;
  readonly rows: number;
  readonly right: number;
  readonly failed: number;
  /** Mean seconds of a row that did not fail. */
  readonly seconds: number | null;
  /** Mean entries per KV head that the answer was decoded over. */
  readonly entries: number | null;
  /** Mean bytes of them. */
  readonly bytes: number | null;
  readonly answers: readonly SweepAnswer[];
}

/** One row of a cell, in short. */
export interface SweepAnswer {
  readonly case: string;
  readonly seed: number | null;
  readonly expected: readonly string[];
  readonly got: string | null;
  readonly right: boolean;
}

/** Rows by variation and task, in the order in which they come. */
export function sweepCells(rows: readonly Row[]): SweepCell[] {
  const cells = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.variation, row.task]);
    cells.set(key, [...cells.get(key) ?? [], row]);
  }
  return [...cells.values()].map((rows) => {
    const done = rows.flatMap((row) => "error" in row ? [] : [row]);
    const mean = (of: (outcome: Outcome) => number) =>
      done.length === 0
        ? null
        : round(done.reduce((sum, row) => sum + of(row), 0) / done.length);
    const { variation, values, task } = rows[0]!;
    return {
      variation,
      values,
      task,
      rows: rows.length,
      right: rows.filter(({ right }) => right).length,
      failed: rows.length - done.length,
      seconds: mean(({ seconds }) => seconds),
      entries: mean(({ kept }) => kept.entries),
      bytes: mean(({ kept }) => kept.bytes),
      answers: rows.map((row) => ({
        case: row.case,
        seed: row.seed,
        expected: row.expected,
        got: "error" in row ? null : row.answer,
        right: row.right,
      })),
    };
  });
}

/** Cells for people: a line a variation, a column a task. */
export function describeCells(cells: readonly SweepCell[]): string {
  const tasks = [...new Set(cells.map(({ task }) => task))];
  const variations = [...new Set(cells.map(({ variation }) => variation))];
  const lines = variations.map((variation) => {
    const own = cells.filter((cell) => cell.variation === variation);
    const mean = (of: "seconds" | "entries") => {
      const known = own.filter((cell) => cell[of] !== null);
      const rows = known.reduce(
        (sum, { rows, failed }) => sum + rows - failed,
        0,
      );
      const all = known.reduce(
        (sum, cell) => sum + cell[of]! * (cell.rows - cell.failed),
        0,
      );
      return rows === 0 ? "" : (all / rows).toFixed(of === "seconds" ? 2 : 0);
    };
    return [
      variation,
      ...tasks.map((task) => score(own.find((cell) => cell.task === task))),
      mean("seconds"),
      mean("entries"),
    ];
  });
  return table([["variation", ...tasks, "seconds", "entries"], ...lines]);
}

function score(cell: SweepCell | undefined): string {
  if (!cell) return "";
  const { right, rows, failed } = cell;
  return `${right} of ${rows}${failed > 0 ? ` (${failed} failed)` : ""}`;
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
