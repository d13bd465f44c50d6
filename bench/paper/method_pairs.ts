import { chooseSides } from "../../cli/eval/choose_sides.ts";
import { compareRows } from "../../cli/eval/compare_rows.ts";
import { placeKey, tableValue } from "../../cli/eval/eval_cells.ts";
import { doneRows, type EvalRow } from "../../cli/eval/eval_row.ts";

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

/** All that is left of rows: every score by case, and what methods differ by. */
export interface MethodPairs {
  readonly against: string;
  readonly pairs: readonly MethodPair[];
  /** By task and length, then by method: scores in the order of the seeds; of a measured text its perplexity. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
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
  return { against, pairs, scores: scoresOf(rows) };
}

function scoresOf(rows: readonly EvalRow[]): MethodPairs["scores"] {
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
          [...methods].map(([method, list]) => [
            method,
            list.map((row) => short(tableValue(row))),
          ]),
        ),
      ];
    }),
  );
}

const short = (value: number) => +value.toPrecision(5);
