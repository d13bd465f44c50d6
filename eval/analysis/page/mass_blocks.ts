import { type Block, heading, text } from "../../report/blocks.ts";
import { mean } from "../../statistics/mean.ts";
import type { AttentionAnalysis } from "../analysis.ts";
import type { HeadSummary } from "../summarise_heads.ts";
import { heatMap } from "./heat_map.ts";
import { layerLines } from "./layer_lines.ts";
import { linePanels } from "./line_panels.ts";
import { panels, viewCells } from "./view_panels.ts";

const figures: readonly (readonly [
  name: string,
  read: (head: HeadSummary) => number,
  digits: number,
])[] = [
  ["sink mass", ({ sink }) => sink, 3],
  ["middle mass", ({ middle }) => middle, 3],
  ["recent mass", ({ recent }) => recent, 3],
  ["share on the document", ({ share }) => share, 3],
  ["entropy, nats", ({ entropy }) => entropy, 2],
  ["largest entry", ({ top }) => top, 3],
  ["entries that hold 95 %", ({ cover95 }) => cover95, 0],
];

/** Where attention lies and how far it spreads, before and after parallel encoding. */
export function massBlocks(analysis: AttentionAnalysis): Block[] {
  const { local, merged, limits } = analysis;
  return [
    heading(2, "Where the mass lies"),
    text(
      `The sink zone is the first ${limits.zoneWidth} entries of every chunk, the recent zone its last ${limits.zoneWidth}, each at most ${
        limits.zoneShare * 100
      } % of the chunk. As one cache the zones of all chunks are added up, so both columns sum to 1. Only the first merged chunk still holds the lead (the first token).`,
    ),
    {
      kind: "table",
      head: ["mean over layers and heads", ...Object.values(panels)],
      rows: figures.map(([name, read, digits]) => [
        name,
        ...[local, merged].map(({ heads }) =>
          mean(heads.map(read)).toFixed(digits)
        ),
      ]),
    },
    linePanels({
      title: "Attention by relative position",
      says:
        "A line a layer, the mean over its heads; 1 is what flat attention would be. As one cache the chunks follow one another.",
      x: "relative position among the entries",
      y: "attention over its even share",
      points: layerLines(
        analysis,
        ({ profile }) => profile.map((value) => Math.max(value, 1e-4)),
        (i, n) => (i + 0.5) / n,
      ),
      logY: true,
    }),
    ...figures.filter(([name]) => name !== "share on the document").map((
      [name, read],
    ) =>
      heatMap({
        title: `By head: ${name}`,
        says: "Layers by query heads, both on one scale of colour.",
        legend: name,
        cells: viewCells(analysis, read),
      })
    ),
  ];
}
