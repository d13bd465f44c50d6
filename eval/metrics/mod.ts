import type { Metric } from "../metric.ts";
import { containsAll, containsAny } from "./contains.ts";
import { perplexity } from "./perplexity.ts";

/** Every metric, one line each. */
export const metrics: readonly Metric[] = [
  containsAny,
  containsAll,
  perplexity,
];

/** The metric of that name; one that is not there is a `RangeError`. */
export function metricOf(name: string): Metric {
  const found = metrics.find((metric) => metric.name === name);
  if (found) return found;
  throw new RangeError(
    `Unknown metric '${name}'; there are: ${
      metrics.map((metric) => metric.name).join(", ")
    }`,
  );
}
