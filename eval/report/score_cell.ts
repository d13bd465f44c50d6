import { perplexity } from "../metrics/perplexity.ts";
import { bootstrapInterval } from "../statistics/bootstrap.ts";
import { mean } from "../statistics/mean.ts";
import { doneRows, type ReportRow } from "./report_row.ts";

/** What one method did with the cases of one cell. */
export interface ScoreCell {
  /** Rows that were judged. */
  readonly n: number;
  readonly failed: number;
  /** Mean score, of perplexity mean perplexity; `null` where nothing was judged. */
  readonly value: number | null;
  /** 95 % bootstrap interval of the mean over cases. */
  readonly low: number;
  readonly high: number;
}

/** Whether a row measures a given continuation; the lower its perplexity the better. */
export function isPerplexity({ metric }: Pick<ReportRow, "metric">): boolean {
  return metric === perplexity.name;
}

/** Sums up rows that are judged alike. */
export function scoreCell(rows: readonly ReportRow[]): ScoreCell {
  const values = doneRows(rows).map((row) =>
    isPerplexity(row) ? Math.exp(row.nll ?? -Math.log(row.score)) : row.score
  );
  const failed = rows.length - values.length;
  if (values.length === 0) {
    return { n: 0, failed, value: null, low: NaN, high: NaN };
  }
  const { low, high } = bootstrapInterval(values);
  return { n: values.length, failed, value: mean(values), low, high };
}

/** `0.95 [0.85, 1.00] n 20`, and how many failed; `–` where nothing was judged. */
export function cellText(
  { n, failed, value, low, high }: ScoreCell,
  digits = 2,
): string {
  const lost = failed > 0 ? `, ${failed} failed` : "";
  if (value === null) return failed > 0 ? `– n 0${lost}` : "–";
  const [mid, from, to] = [value, low, high].map((x) => numberText(x, digits));
  return `${mid} [${from}, ${to}] n ${n}${lost}`;
}

/** A number with some digits; from 1,000 on without. */
function numberText(value: number, digits: number): string {
  return value < 1000
    ? value.toFixed(digits)
    : value.toLocaleString("en", { maximumFractionDigits: 0 });
}
