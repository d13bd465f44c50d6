import { z } from "zod";
import { defineChunkScorer } from "./chunk_scorer.ts";
import { wordsOf } from "./words.ts";

/** Options of `score.lexical`. */
export const LexicalScoreOptions = z.strictObject({
  unit: z.enum(["word", "ngram"]).default("word").describe(
    "what is looked for: the question's words, or the character n-grams inside them, which also match other forms of a word",
  ),
  n: z.int().min(1).default(4).describe("characters of an n-gram"),
});

/**
 * Lexical overlap without embeddings: the share of the question's different words (or character n-grams of
 * them) that the chunk holds, each weighted by how rare it is: Σ_{u in both} idf(u) / Σ_u idf(u), with
 * idf(u) = ln((N + 1) / (df + ½)) over the N chunks. From 0 to 1; high is relevant. In long chunks it says little:
 * most words are in all of them.
 */
export const scoreLexical = defineChunkScorer({
  name: "score.lexical",
  summary:
    "Share of the question's words in the chunk, rare ones first; high is relevant",
  options: LexicalScoreOptions,
  needs: ["text"],
  better: "high",
  prepare: ({ chunks, question }, options) => {
    const asked = unitsOf(question, options);
    const held = chunks.map((text) =>
      unitsOf(text, options).intersection(asked)
    );
    const weights = new Map([...asked].map((unit) => {
      const df = held.filter((units) => units.has(unit)).length;
      return [unit, Math.log((chunks.length + 1) / (df + 0.5))];
    }));
    const weigh = (units: Iterable<string>) =>
      [...units].reduce((sum, unit) => sum + weights.get(unit)!, 0);
    const whole = weigh(asked) || 1; // a question without words
    return held.map((units) => weigh(units) / whole); // [chunks]
  },
  score: ({ chunk }, _options, scores) => scores[chunk.index]!,
});

/** Words, or the n-grams of words with a mark at both ends. */
function unitsOf(
  text: string,
  { unit, n }: z.output<typeof LexicalScoreOptions>,
): Set<string> {
  const words = new Set(wordsOf(text));
  if (unit === "word") return words;
  const grams = new Set<string>();
  for (const word of words) {
    const marked = [..."_" + word + "_"];
    for (let i = 0; i === 0 || i + n <= marked.length; i++) {
      grams.add(marked.slice(i, i + n).join(""));
    }
  }
  return grams;
}
