import { type Block, heading, text } from "../../report/blocks.ts";
import type { AttentionAnalysis, AttentionView } from "../analysis.ts";
import { shapes } from "../attention_shape.ts";
import { partShapes } from "../summarise_chunks.ts";
import { heatMap } from "./heat_map.ts";
import { panels, viewCells, views } from "./view_panels.ts";

/** The shapes of heads, and the peaks of chunks. */
export function shapeBlocks(analysis: AttentionAnalysis): Block[] {
  const { local, merged, limits } = analysis;
  const parts = partShapes(merged.chunks);
  const peaks = views.flatMap((view) =>
    analysis[view].chunks.map(({ chunk, peaks }) => ({
      chunk: chunk + 1,
      peaks,
      view: panels[view],
    }))
  );
  return [
    heading(2, "Shapes"),
    text(
      `Uniform: entropy at least ${limits.uniformEntropy} of log(entries) and no outlier (above ${limits.outlier} and ten times the even share). U: sink and recent zone hold ${limits.uMass} or more. Mountain: the middle's outliers, or its ${limits.peakEntries} largest entries, hold ${limits.mountainMass} or more, and more than those of the outer zones. Otherwise mixed. The paper shows the shapes and gives no limits; these are ours.`,
    ),
    {
      kind: "table",
      head: [
        "heads over caches",
        ...Object.values(panels),
        "each chunk's part of it",
      ],
      rows: [
        ...shapes.map((shape) => [
          shape,
          `${local.shapes[shape]}`,
          `${merged.shapes[shape]}`,
          `${parts[shape]}`,
        ]),
        [
          "U with a side at the sink",
          sides(local, "sinkSides"),
          sides(
            merged,
            "sinkSides",
          ),
          "",
        ],
        [
          "U with a recent side",
          sides(local, "recentSides"),
          sides(
            merged,
            "recentSides",
          ),
          "",
        ],
      ],
    },
    heatMap({
      title: "Shape of every head",
      says:
        "Over single chunks the shape that is seen most often; mixed where two are seen as often.",
      legend: "shape",
      words: shapes,
      cells: viewCells(analysis, ({ shape }) => shape),
    }),
    heading(2, "Peaks"),
    {
      kind: "chart",
      title: "Peaks by chunk",
      says:
        `Local maxima within ${limits.peakWindow} entries that hold at least ${limits.peakFactor} times the median after a max-pool; the mean over layers and heads. As one cache the median is that of all chunks.`,
      spec: {
        data: { values: peaks },
        mark: { type: "line", point: true },
        width: 560,
        height: 220,
        encoding: {
          x: {
            field: "chunk",
            type: "quantitative",
            axis: { tickMinStep: 1, format: "d" },
            scale: { zero: false },
            title: "chunk of the document",
          },
          y: { field: "peaks", type: "quantitative", title: "peaks" },
          color: {
            field: "view",
            type: "nominal",
            sort: Object.values(panels),
            title: null,
          },
        },
      },
    },
    {
      kind: "table",
      caption: "Of the merged cache, mean over layers and heads",
      head: ["chunk", "entries", "mass", "sink", "middle", "recent", "peaks"],
      rows: merged.chunks.map(({ chunk, entries, peaks, ...mass }) => [
        `${chunk + 1}`,
        entries.toFixed(0),
        ...[mass.mass, mass.sink, mass.middle, mass.recent].map((value) =>
          value.toFixed(3)
        ),
        peaks.toFixed(1),
      ]),
    },
  ];
}

function sides(
  { heads }: AttentionView,
  side: "sinkSides" | "recentSides",
): string {
  return `${heads.reduce((sum, head) => sum + head[side], 0)}`;
}
