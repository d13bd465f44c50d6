import type { AttentionAnalysis } from "../analysis.ts";
import { meanLists } from "../mean_lists.ts";
import type { HeadSummary } from "../summarise_heads.ts";
import { panels, views } from "./view_panels.ts";

/** A point of a layer's line. */
export interface LayerPoint {
  readonly panel: string;
  readonly layer: number;
  readonly x: number;
  readonly y: number;
}

/** A list of every head as a line a layer, the mean over its heads, for both views. */
export function layerLines(
  analysis: AttentionAnalysis,
  read: (head: HeadSummary) => readonly number[],
  at: (place: number, places: number) => number,
): LayerPoint[] {
  return views.flatMap((view) => {
    const layers = Map.groupBy(analysis[view].heads, ({ layer }) => layer);
    return [...layers].flatMap(([layer, heads]) =>
      meanLists(heads.map(read)).map((y, i, { length }) => ({
        panel: panels[view],
        layer,
        x: at(i, length),
        y,
      }))
    );
  });
}
