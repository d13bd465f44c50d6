import { type Shape, shapes } from "./attention_shape.ts";
import type { ZoneMasses } from "./attention_zones.ts";
import { type ChunkPart, type HeadMeasure } from "./head_measure.ts";
import { countShapes, type ShapeCounts } from "./summarise_heads.ts";

/**
 * What all heads together make of one chunk; masses are shares of what they give the whole cache. A head that holds
 * nothing of the chunk counts as one that gives it nothing.
 */
export interface ChunkSummary extends ZoneMasses {
  readonly chunk: number;
  /** Entries of the chunk in the cache, the mean over heads. */
  readonly entries: number;
  readonly mass: number;
  /** Peaks, the mean over heads. */
  readonly peaks: number;
  /** Of the attention to this chunk alone of every head that holds any of it, so that a merged cache can repeat a U in every chunk. */
  readonly shapes: ShapeCounts;
}

/** Groups measures by the chunk that entries came from, in the document's order; every head counts alike. */
export function summariseChunks(
  measures: readonly HeadMeasure[],
): ChunkSummary[] {
  const parts = measures.flatMap(({ chunks }) => chunks);
  const heads = new Set(measures.map(({ layer, head }) => `${layer} ${head}`));
  const groups = Map.groupBy(parts, ({ chunk }) => chunk);
  return [...groups].sort(([a], [b]) => a - b).map(([chunk, group]) => {
    const over = (read: (part: ChunkPart) => number) =>
      group.reduce((sum, part) => sum + read(part), 0) / heads.size;
    const zones = {
      sink: over(({ sink }) => sink),
      middle: over(({ middle }) => middle),
      recent: over(({ recent }) => recent),
    };
    return {
      chunk,
      entries: over(({ entries }) => entries),
      mass: zones.sink + zones.middle + zones.recent,
      ...zones,
      peaks: over(({ peaks }) => peaks),
      shapes: countShapes(group.map(({ shape }) => shape)),
    };
  });
}

/** Shapes of every head's attention to every chunk alone. */
export function partShapes(chunks: readonly ChunkSummary[]): ShapeCounts {
  return Object.fromEntries(
    shapes.map((shape) => [
      shape,
      chunks.reduce((sum, chunk) => sum + chunk.shapes[shape], 0),
    ]),
  ) as Record<Shape, number>;
}
