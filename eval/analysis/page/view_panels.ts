import type { AttentionAnalysis } from "../analysis.ts";
import type { HeadSummary } from "../summarise_heads.ts";
import type { HeatCell } from "./heat_map.ts";

/** How the two views are called. */
export const panels = {
  local: "each chunk by itself",
  merged: "all as one cache",
} as const;

/** The views with their names, before parallel encoding first. */
export const views = ["local", "merged"] as const;

/** Cells of one figure for both views. */
export function viewCells(
  analysis: AttentionAnalysis,
  read: (head: HeadSummary) => number | string,
): HeatCell[] {
  return views.flatMap((view) =>
    analysis[view].heads.map((summary) => ({
      layer: summary.layer,
      head: summary.head,
      panel: panels[view],
      value: read(summary),
    }))
  );
}
