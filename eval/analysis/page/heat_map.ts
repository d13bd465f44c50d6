import type { Block } from "../../report/blocks.ts";

/** One cell of a heat map. */
export interface HeatCell {
  readonly layer: number;
  readonly head: number;
  /** Which of the maps side by side. */
  readonly panel: string;
  readonly value: number | string;
}

/** What a heat map shows. */
export interface HeatMap {
  readonly title: string;
  readonly says: string;
  /** What the colour is of. */
  readonly legend: string;
  readonly cells: readonly HeatCell[];
  /** For words: all of them, in order; without it values are numbers. */
  readonly words?: readonly string[];
}

/** Maps of layers by heads side by side, one for every panel, with one scale of colour. */
export function heatMap(
  { title, says, legend, cells, words }: HeatMap,
): Block {
  const heads = new Set(cells.map(({ head }) => head)).size;
  const layers = new Set(cells.map(({ layer }) => layer)).size;
  const panels = [...new Set(cells.map(({ panel }) => panel))];
  const step = Math.max(6, Math.min(22, Math.floor(320 / heads)));
  const axis = { labelOverlap: true as const, labelAngle: 0, ticks: false };
  return {
    kind: "chart",
    title,
    says,
    spec: {
      data: { values: [...cells] },
      mark: "rect",
      width: step * heads,
      height: step * layers,
      encoding: {
        x: { field: "head", type: "ordinal", title: "query head", axis },
        y: { field: "layer", type: "ordinal", title: "layer", axis },
        column: { field: "panel", type: "nominal", sort: panels, title: null },
        color: words
          ? {
            field: "value",
            type: "nominal",
            scale: { domain: [...words] },
            title: legend,
          }
          : {
            field: "value",
            type: "quantitative",
            scale: { scheme: "viridis" },
            title: legend,
          },
      },
    },
  };
}
