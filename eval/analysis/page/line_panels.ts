import type { Block } from "../../report/blocks.ts";
import type { LayerPoint } from "./layer_lines.ts";
import { panels } from "./view_panels.ts";

/** A chart of lines by layer, one panel a view. */
export interface LinePanels {
  readonly title: string;
  readonly says: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly LayerPoint[];
  readonly logX?: boolean;
  readonly logY?: boolean;
}

/** Draws lines by layer for both views side by side, on the same axes. */
export function linePanels(
  { title, says, x, y, points, logX, logY }: LinePanels,
): Block {
  const scale = (log?: boolean) => ({ type: log ? "log" : "linear" } as const);
  return {
    kind: "chart",
    title,
    says,
    spec: {
      data: { values: [...points] },
      mark: { type: "line", strokeWidth: 1.5 },
      width: 330,
      height: 240,
      encoding: {
        x: { field: "x", type: "quantitative", title: x, scale: scale(logX) },
        y: { field: "y", type: "quantitative", title: y, scale: scale(logY) },
        color: {
          field: "layer",
          type: "ordinal",
          scale: { scheme: "viridis" },
          title: "layer",
        },
        column: {
          field: "panel",
          type: "nominal",
          sort: Object.values(panels),
          title: null,
        },
      },
    },
  };
}
