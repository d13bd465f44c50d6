import { z } from "zod";
import { defineChunkScorer } from "./chunk_scorer.ts";
import { mixSeed, seededRandom } from "../seeded_random.ts";

/** Options of `score.random`. */
export const ScoreRandomOptions = z.strictObject({
  seed: z.int().default(0).describe("the same seed gives the same scores"),
});

/**
 * A control: scores that know nothing. They depend on the seed and on the chunk, its text included, so that they
 * differ from document to document; not on the order of arrival.
 */
export const scoreRandom = defineChunkScorer({
  name: "score.random",
  summary: "Random scores, as a control",
  options: ScoreRandomOptions,
  score: ({ chunk }, { seed }) => {
    const place = mixSeed(seed, chunk.index);
    return seededRandom(
      chunk.tokens.reduce((mixed, id) => mixSeed(mixed, id), place),
    )();
  },
});
