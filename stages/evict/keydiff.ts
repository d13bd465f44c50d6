import { headEntries } from "../cache/new_cache.ts";
import { defineEvictor } from "./evictor.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { keyDifferenceInGraph } from "./keydiff_kernel.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";

const spec = {
  name: "evict.keydiff",
  summary: "Keeps the entries whose keys are least like the others",
  score: (input, out) => {
    const { keys, kvHeads, entries, headDim } = input;
    const anchor = new Float64Array(headDim);
    for (let head = 0; head < kvHeads; head++) {
      const from = head * entries;
      const held = headEntries(input, head);
      const size = (at: number) => {
        let sum = 0;
        for (let d = 0; d < headDim; d++) sum += keys[at * headDim + d]! ** 2;
        return Math.sqrt(sum);
      };
      anchor.fill(0);
      for (let at = from; at < from + held; at++) {
        const norm = Math.max(size(at), 1e-12);
        for (let d = 0; d < headDim; d++) {
          anchor[d]! += keys[at * headDim + d]! / norm;
        }
      }
      for (let d = 0; d < headDim; d++) anchor[d]! /= held;
      const length = Math.max(Math.hypot(...anchor), 1e-8);
      for (let at = from; at < from + held; at++) {
        let dot = 0;
        for (let d = 0; d < headDim; d++) {
          dot += keys[at * headDim + d]! * anchor[d]!;
        }
        out[at] = -dot / (length * Math.max(size(at), 1e-8));
      }
    }
  },
  kernel: keyDifferenceInGraph,
} satisfies EvictorSpec<typeof EvictorOptions>;

/**
 * −cos(k, mean of the head's unit keys): keeps keys that differ from the rest (KeyDiff, arXiv 2504.15364; KeyDiffPress
 * of kvpress). Knows nothing of the question. The paper evicts block by block; here it is the whole chunk at once.
 *
 * Breaks on repetitive text with one odd, useless part: boiler plate and markup are kept for being different.
 */
export const evictKeyDiff = defineEvictor(spec);

/** `evict.keydiff` over the merged context: the mean is over all chunks. */
export const evictKeyDiffMerged = defineMergedEvictor(spec);
