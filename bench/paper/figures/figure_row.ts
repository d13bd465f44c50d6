import type {
  AttentionAnalysis,
  AttentionView,
} from "../../../eval/analysis/analysis.ts";
import { shapes } from "../../../eval/analysis/attention_shape.ts";
import type {
  HeadSummary,
  ShapeCounts,
} from "../../../eval/analysis/summarise_heads.ts";
import type { ExampleHead } from "./example_heads.ts";
import { mean } from "../../../eval/statistics/mean.ts";

/** Numbers of one document under one view, by name. */
export type Numbers = Readonly<Record<string, number>>;

/** What is kept of one analysis: a line of `figures.jsonl`. */
export interface FigureRow {
  readonly document: string;
  /** SHA-256 of document and question. */
  readonly documentHash: string;
  readonly view: string;
  readonly command: string;
  readonly tokens: number;
  readonly chunks: number;
  readonly numbers: Numbers;
  /** Heads over single chunks and over the merged cache by layer, as counts of shapes. */
  readonly layers: {
    readonly local: readonly ShapeCounts[];
    readonly merged: readonly ShapeCounts[];
  };
  /** Of the first document, where nothing is taken from it. */
  readonly examples?: readonly ExampleHead[];
}

/** Reduces an analysis to the numbers that the figures are judged by. */
export function figureRow(
  analysis: AttentionAnalysis,
  about: Pick<FigureRow, "document" | "documentHash" | "view" | "command">,
): FigureRow {
  const { local, merged, documentTokens, documentChunks } = analysis;
  return {
    ...about,
    tokens: documentTokens,
    chunks: documentChunks,
    numbers: rounded({
      ...viewNumbers("local", local),
      ...viewNumbers("merged", merged),
      ...widthNumbers(analysis),
      ...calibrationNumbers(analysis),
    }),
    layers: { local: byLayer(local), merged: byLayer(merged) },
  };
}

/** Means over heads, and shares of heads and caches. */
function viewNumbers(name: string, view: AttentionView): Numbers {
  const { heads, chunks } = view;
  const over = (read: (head: HeadSummary) => number) => mean(heads.map(read));
  const parts = shapes.map((shape) =>
    [shape, mean(chunks.map((chunk) => shareOf(chunk.shapes, shape)))] as const
  );
  const sides = (read: (head: HeadSummary) => number) =>
    heads.reduce((sum, head) => sum + read(head), 0) / total(view.shapes);
  const numbers: Numbers = {
    entries: chunks.reduce((sum, { entries }) => sum + entries, 0),
    onDocument: over(({ share }) => share),
    sink: over(({ sink }) => sink),
    middle: over(({ middle }) => middle),
    recent: over(({ recent }) => recent),
    recentOfAll: over(({ recent, share }) => recent * share),
    sinkOfAll: over(({ sink, share }) => sink * share),
    evenness: over(({ evenness }) => evenness),
    entropy: over(({ entropy }) => entropy),
    top: over(({ top }) => top),
    cover95: over(({ cover95 }) => cover95),
    peaksOfChunk: mean(chunks.map(({ peaks }) => peaks)),
    peaks: chunks.reduce((sum, { peaks }) => sum + peaks, 0),
    massOfLeastChunk: Math.min(...chunks.map(({ mass }) => mass)),
    massOfMostChunk: Math.max(...chunks.map(({ mass }) => mass)),
    sinkSides: sides(({ sinkSides }) => sinkSides),
    recentSides: sides(({ recentSides }) => recentSides),
    fitGoodness: over(({ goodness }) => goodness ?? 0),
    ...Object.fromEntries(
      shapes.map((shape) => [`${shape}Heads`, shareOf(view.shapes, shape)]),
    ),
    ...Object.fromEntries(
      parts.map(([shape, share]) => [`${shape}Parts`, share]),
    ),
    ...chunkZones(view),
  };
  return prefixed(name, numbers);
}

/** How a chunk's own mass is shared out: the mean over chunks, and the sink of those that have lost the first token. */
function chunkZones({ chunks }: AttentionView): Numbers {
  const share = (zone: "sink" | "recent", from = 0) =>
    mean(chunks.slice(from).map((chunk) => chunk[zone] / chunk.mass));
  return {
    sinkOfChunk: share("sink"),
    recentOfChunk: share("recent"),
    ...(chunks.length > 1 && { sinkOfLaterChunks: share("sink", 1) }),
  };
}

function widthNumbers({ widths, epsilons }: AttentionAnalysis): Numbers {
  if (widths.length < 2) return {};
  return Object.fromEntries(
    widths.flatMap(({ heads }, w) =>
      epsilons.map((epsilon, e) => [
        `effective.${256 * 2 ** w}.${epsilon}`,
        mean(heads.map(({ effective }) => effective[e]!)),
      ])
    ),
  );
}

function calibrationNumbers(
  { calibration, abnormal }: AttentionAnalysis,
): Numbers {
  const [effect] = calibration;
  if (!effect) return {};
  return {
    "calibration.entries.before": effect.entriesBefore,
    "calibration.entries.after": effect.entriesAfter,
    ...Object.fromEntries(
      (["before", "after"] as const).flatMap((when) =>
        abnormal.map((threshold, t) => [
          `calibration.above.${threshold}.${when}`, // of all heads over one chunk, the mean over chunks
          effect.heads.reduce((sum, head) => sum + head[when][t]!, 0),
        ])
      ),
    ),
  };
}

function byLayer({ heads }: AttentionView): ShapeCounts[] {
  const layers = Map.groupBy(heads, ({ layer }) => layer);
  return [...layers.values()].map((own) =>
    Object.fromEntries(
      shapes.map((shape) => [
        shape,
        own.reduce((sum, head) => sum + head.shapes[shape], 0),
      ]),
    ) as ShapeCounts
  );
}

function total(counts: ShapeCounts): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

function shareOf(counts: ShapeCounts, shape: keyof ShapeCounts): number {
  return counts[shape] / total(counts);
}

function prefixed(prefix: string, numbers: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, n]) => [`${prefix}.${name}`, n]),
  );
}

function rounded(numbers: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, n]) => [name, +n.toPrecision(6)]),
  );
}
