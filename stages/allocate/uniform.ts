import { defineAllocator } from "./allocator.ts";

/** Every head of every layer keeps the same number of entries: the paper's rule, and what evictors do by themselves. */
export const allocateUniform = defineAllocator({
  name: "allocate.uniform",
  summary: "The same number of entries for every head of every layer",
  allocate: ({ scores, kvHeads, budget }) =>
    new Int32Array(scores.length * kvHeads).fill(budget), // [layers · kvHeads]
});
