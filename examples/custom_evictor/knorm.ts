import { defineEvictor } from "parallelcomp";

/** Keeps the entries whose keys have the largest norm; other models want the smallest (arXiv 2406.11430). */
export const knorm = defineEvictor({
  name: "my.knorm",
  score({ keys, headDim }, out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.hypot(...keys.subarray(i * headDim, (i + 1) * headDim));
    }
  },
});
