import type { AttentionView } from "./analysis.ts";
import type { HeadMeasure } from "./head_measure.ts";
import { summariseChunks } from "./summarise_chunks.ts";
import { countShapes, summariseHeads } from "./summarise_heads.ts";

/** Everything about caches of one kind from what was measured of their heads. */
export function attentionView(measures: readonly HeadMeasure[]): AttentionView {
  return {
    heads: summariseHeads(measures),
    chunks: summariseChunks(measures),
    shapes: countShapes(measures.map(({ shape }) => shape)),
  };
}
