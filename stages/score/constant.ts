import { defineChunkScorer } from "./chunk_scorer.ts";

/**
 * A control: the same score for all. `select.top` with `n: all` then keeps everything, with fewer the document's
 * first chunks.
 */
export const scoreConstant = defineChunkScorer({
  name: "score.constant",
  summary: "The same score for every chunk: all of them, or the first",
  score: () => 0,
});
