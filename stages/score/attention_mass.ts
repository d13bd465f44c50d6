import { z } from "zod";
import { headEntries } from "../cache/new_cache.ts";
import { defineChunkScorer } from "./chunk_scorer.ts";

/** Options of `score.attention-mass`. */
export const AttentionMassOptions = z.strictObject({
  layers: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .default([0, 1]).describe(
      "layers that count, as shares of the depth: [from, to)",
    ),
});

/**
 * Attention that the question's rows pay to the chunk's entries, not to its lead (which is a sink) nor to the
 * question itself: the mean over rows, heads and layers, from 0 to 1; high is relevant. Only shares inside one chunk are seen: a long
 * chunk collects more of them, and much of it goes to its last tokens, whatever they say.
 */
export const scoreAttentionMass = defineChunkScorer({
  name: "score.attention-mass",
  summary: "Attention of the question to the chunk; high is relevant",
  options: AttentionMassOptions,
  needs: ["attention"],
  better: "high",
  score: ({ attention, cache, chunk }, { layers: [from, to] }) => {
    const depth = cache.layers.length;
    const first = Math.min(Math.floor(from * depth), depth - 1);
    const last = Math.max(Math.ceil(to * depth), first + 1);
    let mass = 0;
    for (let l = first; l < last; l++) {
      const layer = cache.layers[l]!;
      const paid = attention![l]!; // [heads, entries]
      const heads = paid.length / layer.entries;
      let sum = 0;
      for (let head = 0; head < heads; head++) {
        const group = Math.floor(head * cache.kvHeads / heads);
        for (let e = 0; e < headEntries(layer, group); e++) {
          const position = layer.positions[group * layer.entries + e]!;
          if (position < chunk.lead.length) continue;
          sum += paid[head * layer.entries + e]!;
        }
      }
      mass += sum / heads;
    }
    return mass / (last - first);
  },
});
