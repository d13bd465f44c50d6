import { chooseSides } from "../../cli/eval/choose_sides.ts";
import { compareRows } from "../../cli/eval/compare_rows.ts";
import { placeKey, tableValue } from "../../cli/eval/eval_cells.ts";
import {
  type DoneRow,
  doneRows,
  type EvalRow,
} from "../../cli/eval/eval_row.ts";
import { mean } from "../../eval/statistics/mean.ts";

/** A method less the one that all are compared with, on the same cases. */
export interface MethodPair {
  readonly method: string;
  readonly task: string;
  readonly length: number | null;
  readonly n: number;
  /** The method's mean less the other's, with its 95 % bootstrap interval over cases. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly tie: boolean;
}

/** What a method read and kept, means over cases. */
export interface MethodMeans {
  /** Share of the document's chunks that were read. */
  readonly read: number;
  /** Chunks that the answer stands on. */
  readonly chunks: number;
  /** Entries of the merged cache per KV head. */
  readonly entries: number;
}

/** All that is left of rows: every score by case, and what methods differ by. */
export interface MethodPairs {
  readonly against: string;
  readonly pairs: readonly MethodPair[];
  /** By task and length, then by method: scores in the order of the seeds; of a measured text its perplexity. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
  /** By task and length, then by method. */
  readonly means: Readonly<
    Record<string, Readonly<Record<string, MethodMeans>>>
  >;
}

/** Compares every method of a run with one of them, case by case. */
export function methodPairs(
  rows: readonly EvalRow[],
  against: string,
): MethodPairs {
  const file = { path: "rows", rows };
  const methods = [...new Set(rows.map(({ method }) => method))];
  const pairs = methods.filter((method) => method !== against).flatMap(
    (method) => {
      const sides = chooseSides([file], [method, against]);
      return compareRows(...sides).cells.map((cell): MethodPair => ({
        method,
        task: cell.task,
        length: cell.length,
        n: cell.n,
        difference: short(cell.difference),
        low: short(cell.low),
        high: short(cell.high),
        p: short(cell.p),
        tie: cell.tie,
      }));
    },
  );
  const scores = byPlace(
    rows,
    (own) => own.map((row) => short(tableValue(row))),
  );
  return { against, pairs, scores, means: byPlace(rows, meansOf) };
}

function meansOf(rows: readonly DoneRow[]): MethodMeans {
  const meanOf = (value: (row: DoneRow) => number) =>
    short(mean(rows.map(value)));
  return {
    read: meanOf(({ read, chunks }) => (read ?? chunks) / chunks),
    chunks: meanOf(({ kept }) => kept.chunks),
    entries: meanOf(({ kept }) => kept.entries),
  };
}

/** What is made of rows that did not fail by task and length, then by method, in the order of the seeds. */
function byPlace<T>(
  rows: readonly EvalRow[],
  make: (own: readonly DoneRow[]) => T,
): Record<string, Record<string, T>> {
  const sorted = doneRows(rows)
    .toSorted((a, b) => (a.caseSeed ?? 0) - (b.caseSeed ?? 0));
  const places = Map.groupBy(sorted, placeKey);
  return Object.fromEntries(
    [...places.values()].map((own) => {
      const { task, length } = own[0]!;
      const methods = Map.groupBy(own, ({ method }) => method);
      return [
        `${task}/${length}`,
        Object.fromEntries(
          [...methods].map(([method, list]) => [method, make(list)]),
        ),
      ];
    }),
  );
}

const short = (value: number) => +value.toPrecision(5);
