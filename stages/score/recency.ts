import { defineChunkScorer } from "./chunk_scorer.ts";

/** A control: the chunk's place in the document; high, so that the last chunks are kept. */
export const scoreRecency = defineChunkScorer({
  name: "score.recency",
  summary: "The chunk's place in the document, as a control; the last are good",
  better: "high",
  score: ({ chunk }) => chunk.index,
});
