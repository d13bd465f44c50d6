import { z } from "zod";
import { mixSeed, seededRandom } from "../seeded_random.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";

/** Options of `evict.random`. */
export const EvictRandomOptions = EvictorOptions.extend({
  seed: z.int().default(0).describe("the same seed keeps the same entries"),
});

const spec = {
  name: "evict.random",
  summary: "Keeps random entries, as a control",
  options: EvictRandomOptions,
  score: ({ layer, chunk }, out, { seed }) => {
    const random = seededRandom(mixSeed(seed, chunk, layer));
    for (let i = 0; i < out.length; i++) out[i] = random();
  },
} satisfies EvictorSpec<typeof EvictRandomOptions>;

/** A control: keeps entries that are drawn by seed, chunk and layer, whatever the order of arrival. */
export const evictRandom = defineEvictor(spec);

/** `evict.random` over the merged context. */
export const evictRandomMerged = defineMergedEvictor(spec);
