import { z } from "zod";
import { readJson } from "../../io/files/json_file.ts";
import { EvictAttentionOptions } from "./attention.ts";
import type { EntryScoreInput } from "./entry_scores.ts";
import { defineEvictor } from "./evictor.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";
import { countVotes } from "./votes.ts";

/** Query heads that vote. */
const HeadWeights = z.array(z.strictObject({
  layer: z.int().min(0).describe("layer, from 0"),
  head: z.int().min(0).describe("query head, from 0"),
  weight: z.number().default(1).describe("what its attention counts"),
}));

/** Options of `evict.head-weighted`: those of `evict.attention` with one set for the whole model, and the heads. */
export const EvictHeadWeightedOptions = EvictAttentionOptions.extend({
  share: z.enum(["none", "layer", "model"]).default("model").describe(
    "who keeps the same entries: each KV head its own, a layer's heads, or the whole model (mean of the scores)",
  ),
  heads: HeadWeights.default([]).describe(
    "query heads that vote, { layer, head, weight }; all others count nothing; none named: all count 1",
  ),
  file: z.string().min(1).optional().describe(
    "JSON file with such a list, relative to the working directory; in place of `heads`",
  ),
});

type Options = z.output<typeof EvictHeadWeightedOptions>;

const spec = {
  name: "evict.head-weighted",
  summary: "Keeps the entries that chosen heads attend to most",
  options: EvictHeadWeightedOptions,
  needs: ["attention"],
  rows: ({ rows }) => rows === "question" ? Infinity : rows,
  prepare: async (options) =>
    options.file === undefined
      ? options
      : { ...options, heads: await readJson(options.file, HeadWeights) },
  score: (input, out, options) =>
    countVotes(input, weighted(input, options), out, options),
} satisfies EvictorSpec<typeof EvictHeadWeightedOptions>;

/**
 * Votes of `evict.attention`, each query head's attention times its weight: heads that look up facts vote, the others
 * do not (QRHead, arXiv 2506.09944: about 16 heads, found by the attention that a question pays to its gold passage).
 * One set for the whole model, because layers without a chosen head have no votes of their own.
 *
 * Breaks with heads of another model, or with `share: none`, where such layers keep their first entries.
 */
export const evictHeadWeighted = defineEvictor(spec);

/** `evict.head-weighted` over the merged context; heads must hold the same entries. */
export const evictHeadWeightedMerged = defineMergedEvictor(spec);

function weighted(
  { attention, heads, entries, layer, layers }: EntryScoreInput,
  options: Options,
): Float32Array {
  if (options.heads.length === 0) return attention!;
  const out = new Float32Array(heads * entries); // [heads, entries]
  for (const { layer: l, head, weight } of options.heads) {
    if (l >= layers || head >= heads) {
      throw new RangeError(
        `Head ${head} of layer ${l} is not one of the model's ${layers} x ${heads}; name others in evict.head-weighted`,
      );
    }
    if (l !== layer) continue;
    for (let at = head * entries; at < (head + 1) * entries; at++) {
      out[at]! += weight * attention![at]!;
    }
  }
  return out;
}
