import { defineChunkScorer } from "parallelcomp";

/** Chunks that hold many of the question's tokens score low, and low is kept. */
export const overlap = defineChunkScorer({
  name: "my.overlap",
  needs: ["question"],
  score({ chunk, question, scored }) {
    const asked = new Set(question!.ids.subarray(...scored));
    return -asked.intersection(new Set(chunk.tokens)).size;
  },
});
