import type { TopLevelSpec } from "vega-lite";
import type { Rounds } from "./rounds.ts";

/** One bar. */
export interface RangeBar extends Rounds {
  /** Bars of a group stand together, under its name. */
  readonly group: string;
  readonly side: string;
  /** Who it is: what is ours and what is not have different colours. */
  readonly kind: string;
}

/** How a bar and its line are read. */
export const READ = "Bars are medians, lines from the least to the most round.";

/** Bars of medians with lines from the least to the most, side under side, group under group, all on one scale. */
export function rangeBars(
  bars: readonly RangeBar[],
  unit: string,
  format = ",.0f",
): TopLevelSpec {
  const kinds = [...new Set(bars.map(({ kind }) => kind))];
  const groups = [...new Set(bars.map(({ group }) => group))];
  const color = {
    field: "kind",
    type: "nominal",
    scale: { domain: kinds },
    title: null,
    legend: kinds.length > 1 ? { orient: "bottom" } : null,
  } as const;
  const y = {
    field: "side",
    type: "nominal",
    sort: null,
    title: null,
    axis: { labelLimit: 400 },
  } as const;
  return {
    resolve: { scale: { x: "shared", color: "shared" } },
    spacing: 12,
    vconcat: groups.map((group, i) => ({
      ...(group !== "" && { title: group }),
      data: { values: bars.filter((bar) => bar.group === group) },
      width: 460,
      height: { step: 22 },
      encoding: { y },
      layer: [
        {
          mark: { type: "bar", height: 14 },
          encoding: {
            x: {
              field: "median",
              type: "quantitative",
              axis: i === groups.length - 1 ? { title: unit } : null,
            },
            color,
          },
        },
        {
          transform: [{ filter: "datum.rounds > 1" }],
          mark: { type: "rule", strokeWidth: 2 },
          encoding: {
            x: { field: "least", type: "quantitative" },
            x2: { field: "most" },
          },
        },
        {
          mark: { type: "text", align: "left", dx: 6 },
          encoding: {
            x: { field: "most", type: "quantitative" },
            text: { field: "median", type: "quantitative", format },
          },
        },
      ],
    })),
  };
}
