import { bootstrapInterval } from "../../../eval/statistics/bootstrap.ts";
import { comparePaired } from "../../../eval/statistics/compare_paired.ts";
import { mean } from "../../../eval/statistics/mean.ts";
import type { FigureRow } from "./figure_row.ts";

/** A number over documents, with its 95 % bootstrap interval. */
export interface Measured {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A number of one view less that of another on the same documents. */
export interface Difference extends Measured {
  readonly p: number;
  readonly tie: boolean;
}

/** One view over all documents. */
export interface ViewFigures {
  readonly view: string;
  readonly n: number;
  readonly numbers: Readonly<Record<string, Measured>>;
  /** Merged less local. */
  readonly mergedLessLocal: Readonly<Record<string, Difference>>;
  /** Of a calibrating view: entries after calibration less those before. */
  readonly afterLessBefore: Readonly<Record<string, Difference>>;
  /** This view's merged cache less that of others, by their names. */
  readonly less: Readonly<Record<string, Readonly<Record<string, Difference>>>>;
}

/** Means over documents by view, and paired differences. */
export function compareViews(
  rows: readonly FigureRow[],
  against: Readonly<Record<string, readonly string[]>>,
): ViewFigures[] {
  const views = Map.groupBy(rows, ({ view }) => view);
  return [...views].map(([view, own]) => {
    const names = Object.keys(own[0]!.numbers);
    const merged = names.filter((name) => name.startsWith("merged."));
    const pairedWith = (other: string) =>
      own.map(({ documentHash }) =>
        views.get(other)!.find((row) => row.documentHash === documentHash)!
      );
    return {
      view,
      n: own.length,
      numbers: record(names, (name) => measured(values(own, name))),
      mergedLessLocal: record(
        merged.filter((name) => names.includes(localOf(name))),
        (name) => difference(values(own, name), values(own, localOf(name))),
      ),
      afterLessBefore: record(
        names.filter((name) => name.endsWith(".after")),
        (name) =>
          difference(
            values(own, name),
            values(own, name.replace(/after$/, "before")),
          ),
      ),
      less: record(against[view] ?? [], (other) => {
        const others = pairedWith(other);
        return record(
          merged,
          (name) => difference(values(own, name), values(others, name)),
        );
      }),
    };
  });
}

const localOf = (name: string) => name.replace(/^merged/, "local");

function values(rows: readonly FigureRow[], name: string): number[] {
  return rows.map(({ numbers }) => numbers[name]!);
}

function record<T>(
  names: readonly string[],
  of: (name: string) => T,
): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

function measured(list: readonly number[]): Measured {
  const { low, high } = bootstrapInterval(list);
  return { mean: short(mean(list)), low: short(low), high: short(high) };
}

function difference(a: readonly number[], b: readonly number[]): Difference {
  const { difference: mean, low, high, p, tie } = comparePaired(a, b);
  const numbers = { mean: short(mean), low: short(low), high: short(high) };
  return { ...numbers, p: short(p), tie };
}

const short = (n: number) => +n.toPrecision(4);
