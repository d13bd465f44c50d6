import { z } from "zod";
import { EvictAttentionOptions } from "./attention.ts";
import { defineEvictor } from "./evictor.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";
import { countVotes } from "./votes.ts";

/** Options of `evict.null-contrast`: those of `evict.attention`, and how much is subtracted. */
export const EvictNullContrastOptions = EvictAttentionOptions.extend({
  weight: z.number().min(0).default(1).describe(
    "how much of the empty question's attention is subtracted; 0: evict.attention",
  ),
});

const spec = {
  name: "evict.null-contrast",
  summary:
    "Keeps the entries that this question attends to more than an empty one",
  options: EvictNullContrastOptions,
  needs: ["attention", "null"],
  rows: ({ rows }) => rows === "question" ? Infinity : rows,
  score: (input, out, options) => {
    const nothing = input.nullAttention!; // [heads, entries]
    const contrast = input.attention!.map((mass, at) =>
      mass - options.weight * nothing[at]!
    ); // [heads, entries]
    countVotes(input, contrast, out, options);
  },
} satisfies EvictorSpec<typeof EvictNullContrastOptions>;

/**
 * Votes of the question minus those of an empty one ("N/A" in its place, inside the same template): what every question
 * looks at (sinks, punctuation) cancels. The calibration of in-context re-ranking (ICR, arXiv 2410.02642; QRHead, arXiv
 * 2506.09944), here for single entries.
 *
 * Breaks where sinks are what the model needs: keep them with `protect: { sinks: 4 }`. Asks each chunk once more.
 */
export const evictNullContrast = defineEvictor(spec);

/** `evict.null-contrast` over the merged context. */
export const evictNullContrastMerged = defineMergedEvictor(spec);
