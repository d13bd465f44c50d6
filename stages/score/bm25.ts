import { z } from "zod";
import { bm25Scores } from "./bm25_scores.ts";
import { defineChunkScorer } from "./chunk_scorer.ts";

/** Options of `score.bm25`. */
export const Bm25ScoreOptions = z.strictObject({
  k1: z.number().min(0).default(1.2).describe(
    "how soon a word's further occurrences stop to count",
  ),
  b: z.number().min(0).max(1).default(0.75).describe(
    "how much longer texts are held back",
  ),
  unit: z.enum(["chunk", "sentence"]).default("chunk").describe(
    "what is matched: chunks as wholes, or sentences, and a chunk counts as its best one",
  ),
});

/**
 * Okapi BM25 of the question's words in the chunk (Robertson and Zaragoza 2009), the document's chunks as
 * the collection; with `unit: sentence` the best sentence of the chunk, all sentences as the collection. High is
 * relevant. Breaks where the answer's chunk says it in other words than the question, and words are taken as they
 * stand: "work" is not "works".
 */
export const scoreBm25 = defineChunkScorer({
  name: "score.bm25",
  summary: "BM25 of the question's words in the chunk; high is relevant",
  options: Bm25ScoreOptions,
  needs: ["text"],
  better: "high",
  prepare: ({ chunks, question }, options) =>
    bm25Scores(chunks, question, options), // [chunks]
  score: ({ chunk }, _options, scores) => scores[chunk.index]!,
});
