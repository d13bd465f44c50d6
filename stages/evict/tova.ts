import { defineEvictor } from "./evictor.ts";
import { liftEntries } from "./lift_entries.ts";
import { headEntries } from "../cache/new_cache.ts";

/**
 * TOVA (arXiv 2401.06104; TOVAPress of kvpress) at the end of the chunk: attention of its last row, mean over all
 * query heads of the layer, so that its KV heads keep the same positions; the last entry stays. Where heads hold
 * different entries already, the mean is over those that hold a position.
 *
 * Breaks where one row says little about what will be asked: the last token of a chunk is an accident. Computes the
 * chunk again for the queries of that row.
 */
export const evictTova = defineEvictor({
  name: "evict.tova",
  summary: "Keeps the entries that the chunk's last row attends to most",
  needs: ["attention:recent"],
  asks: () => ({ recent: 1 }),
  score: (input, out) => {
    const { heads, kvHeads, entries, positions, length } = input;
    const recent = input.recent!; // [heads, entries]
    const group = heads / kvHeads;
    const sums = new Float64Array(length); // [length]
    const holders = new Int32Array(length); // [length]
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor(head / group);
      for (let i = 0; i < headEntries(input, kvHead); i++) {
        const position = positions[kvHead * entries + i]!;
        sums[position]! += recent[head * entries + i]!;
        holders[position]!++;
      }
    }
    for (let at = 0; at < out.length; at++) {
      const position = positions[at]!;
      out[at] = sums[position]! / Math.max(holders[position]!, 1);
    }
    liftEntries(input, out, (position) => position === length - 1);
  },
});
