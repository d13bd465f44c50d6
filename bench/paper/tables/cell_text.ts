import { bootstrapInterval } from "../../../eval/statistics/bootstrap.ts";
import { mean } from "../../../eval/statistics/mean.ts";

/** A cell without data. */
export const NONE = "–";

/** `8,192`. */
export function thousands(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** A mean score, with two digits. */
export function scoreText(scores: readonly number[]): string {
  return scores.length === 0 ? NONE : mean(scores).toFixed(2);
}

/** A mean with its 95 % bootstrap interval over cases. */
export function intervalText(
  values: readonly number[],
  text = (value: number) => value.toFixed(2),
): string {
  if (values.length === 0) return NONE;
  const { low, high } = bootstrapInterval(values);
  return `${text(mean(values))} [${text(low)}, ${text(high)}]`;
}

/** How many cases methods have: `20`, or `6–8` where they differ. */
export function casesText(lists: readonly (readonly number[])[]): string {
  const counts = lists.map(({ length }) => length).filter((n) => n > 0);
  if (counts.length === 0) return NONE;
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${least}` : `${least}–${most}`;
}
