import { z } from "zod";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import { mixSeed, seededRandom } from "../seeded_random.ts";

/** Options of `evict.random`. */
export const EvictRandomOptions = EvictorOptions.extend({
  seed: z.int().default(0).describe("the same seed keeps the same entries"),
});

/** A control: keeps entries that are drawn by seed, chunk and layer, whatever the order of arrival. */
export const evictRandom = defineEvictor({
  name: "evict.random",
  summary: "Keeps random entries, as a control",
  options: EvictRandomOptions,
  score: ({ layer, chunk }, out, { seed }) => {
    const random = seededRandom(mixSeed(seed, chunk, layer));
    for (let i = 0; i < out.length; i++) out[i] = random();
  },
});
