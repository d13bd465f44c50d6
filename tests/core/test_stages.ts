import { from, map, merge, mergeMap, of, toArray } from "rxjs";
import { z } from "zod";
import { portType, single, stream } from "../../core/port.ts";
import { Registry } from "../../core/registry.ts";
import { type AnyStage, defineStage, mapStage } from "../../core/stage.ts";

/** A word, the only thing that the stages here work on. */
export const Word = portType("test/word", z.string());
/** Several words as one value. */
export const Sentence = portType("test/sentence", z.array(z.string()));

/** Gives the words of its option. */
export const words = defineStage({
  name: "words",
  summary: "Words, one by one",
  inputs: {},
  outputs: { out: stream(Word) },
  options: z.object({
    list: z.array(z.string()).default(["a", "b", "c"]).describe("the words"),
  }),
  run: (_inputs, { list }) => ({ out: from(list) }),
});

/** Repeats every word. */
export const repeat = mapStage({
  name: "repeat",
  summary: "Says every word several times",
  input: stream(Word),
  output: stream(Word, { like: "in" }),
  options: z.object({
    times: z.int().min(1).default(2).describe("how often"),
    glue: z.enum(["", "-"]).default("").describe("between two"),
  }),
  map: (word, { times, glue }) => Array(times).fill(word).join(glue),
});

/** Marks every word; what it gives carries the facet `marked`. */
export const mark = mapStage({
  name: "mark",
  summary: "Marks every word",
  input: stream(Word),
  output: stream(Word, { like: "in", gives: ["marked"] }),
  options: z.object({}),
  map: (word) => `${word}!`,
});

/** Collects words in a sentence. */
export const sentence = defineStage({
  name: "sentence",
  summary: "All words as one value, sorted",
  inputs: { words: stream(Word), extra: stream(Word, { optional: true }) },
  outputs: { whole: single(Sentence) },
  options: z.object({}),
  run: (inputs) => ({
    whole: merge(inputs.words, inputs.extra).pipe(
      toArray(),
      map((all) => all.sort()),
    ),
  }),
});

/** Needs marked words and a sentence, gives words in two ways. */
export const search = defineStage({
  name: "search",
  summary: "Finds marked words in a sentence",
  inputs: { words: stream(Word, { needs: ["marked"] }), in: single(Sentence) },
  outputs: { found: stream(Word, { like: "words" }), missed: stream(Word) },
  options: z.object({ path: z.string().describe("where to look") }),
  run: (inputs) => ({
    found: inputs.in.pipe(mergeMap(() => inputs.words)),
    missed: of("none"),
  }),
});

/** A registry with the stages above and any others. */
export function testRegistry(...others: readonly AnyStage[]): Registry {
  const registry = new Registry();
  for (const stage of [words, repeat, mark, sentence, search, ...others]) {
    registry.add(stage, "test_stages.ts");
  }
  return registry;
}
