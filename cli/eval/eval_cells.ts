import { perplexity } from "../../eval/metrics/perplexity.ts";
import { bootstrapInterval } from "../../eval/statistics/bootstrap.ts";
import { mean, standardError } from "../../eval/statistics/mean.ts";
import { doneRows, type EvalRow } from "./eval_row.ts";

/** What tables keep apart. */
export interface CellPlace {
  readonly task: string;
  readonly group: string | null;
  readonly length: number | null;
}

/** One method on one task at one length. */
export interface EvalCell extends CellPlace {
  readonly method: string;
  readonly queryAware: boolean;
  readonly oracle: boolean;
  readonly metric: string;
  /** Rows that were judged. */
  readonly n: number;
  readonly failed: number;
  /** Mean score; of perplexity the mean perplexity. `null` where every row failed. */
  readonly mean: number | null;
  /** 95 % bootstrap interval of the mean over cases. */
  readonly low: number | null;
  readonly high: number | null;
  /** Standard error of the mean; `null` of fewer than two rows. */
  readonly standardError: number | null;
  /** Means over rows. */
  readonly seconds: number | null;
  readonly firstTokenSeconds: number | null;
  readonly entries: number | null;
  readonly bytes: number | null;
  /** The most of any row. */
  readonly peakBytes: number | null;
}

/** What a row counts in tables: its score; of a measured continuation its perplexity. */
export function tableValue(
  row: { readonly metric: string; readonly score: number; nll?: number },
): number {
  return row.metric === perplexity.name && row.nll !== undefined
    ? Math.exp(row.nll)
    : row.score;
}

/** Text that is equal for rows of one place. */
export function placeKey({ task, group, length }: CellPlace): string {
  return JSON.stringify([task, group, length]);
}

/** Rows by task, group, length and method, in the order in which they come. */
export function evalCells(rows: readonly EvalRow[]): EvalCell[] {
  const groups = new Map<string, EvalRow[]>();
  for (const row of rows) {
    const key = `${placeKey(row)} ${row.method}`;
    groups.set(key, [...groups.get(key) ?? [], row]);
  }
  return [...groups.values()].map(cellOf);
}

function cellOf(rows: readonly EvalRow[]): EvalCell {
  const [{ task, group, length, method, queryAware, oracle, metric }] =
    rows as [EvalRow];
  const done = doneRows(rows);
  const values = done.map(tableValue);
  const some = done.length > 0;
  const meanOf = (of: (row: typeof done[number]) => number | null) => {
    const known = done.map(of).filter((value) => value !== null);
    return known.length > 0 ? round(mean(known)) : null;
  };
  const interval = some ? bootstrapInterval(values) : undefined;
  return {
    task,
    group,
    length,
    method,
    queryAware,
    oracle,
    metric,
    n: done.length,
    failed: rows.length - done.length,
    mean: some ? round(mean(values)) : null,
    low: interval ? round(interval.low) : null,
    high: interval ? round(interval.high) : null,
    standardError: done.length > 1 ? round(standardError(values)) : null,
    seconds: meanOf(({ seconds }) => seconds),
    firstTokenSeconds: meanOf((row) => row.firstTokenSeconds),
    entries: meanOf(({ kept }) => kept.entries),
    bytes: meanOf(({ kept }) => kept.bytes),
    peakBytes: some ? Math.max(...done.map((row) => row.peakBytes)) : null,
  };
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
