import { z } from "zod";
import type { Chunk } from "../types.ts";
import { defineChunkScorer } from "./chunk_scorer.ts";

/** Options of `score.oracle`. */
export const OracleOptions = z.strictObject({
  text: z.union([z.string().min(1), z.array(z.string().min(1))]).describe(
    "what the right chunks say, word for word; one text or several",
  ),
});

/**
 * An upper bound: how much of the given texts the chunk holds, 1 for each that it holds whole and a share of one
 * that a border cuts. High is relevant. A text that the document does not hold is a `RangeError`, and no text at all.
 */
export const scoreOracle = defineChunkScorer({
  name: "score.oracle",
  summary: "Chunks that hold a given text, as an upper bound; high is relevant",
  options: OracleOptions,
  needs: ["text"],
  better: "high",
  prepare: ({ document }, { text }) => {
    const texts = [text].flat();
    if (texts.length > 0) {
      return texts.map((wanted) => placesOf(wanted, document));
    }
    throw new RangeError(
      "An oracle must be told what the right chunks say: set its text, in oracle_chunk.yaml the parameter evidence; sweep takes a case's evidence",
    );
  },
  score: ({ chunk }, _options, texts) =>
    texts.reduce(
      (sum, places) =>
        sum + Math.max(...places.map((place) => sharedWith(chunk, place))),
      0,
    ),
});

/** Bytes `[from, to)` of the document. */
type Place = readonly [from: number, to: number];

function placesOf(wanted: string, document: Uint8Array): Place[] {
  const whole = new TextDecoder().decode(document);
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const length = bytes(wanted);
  const places: Place[] = [];
  for (let at = whole.indexOf(wanted); at >= 0;) {
    const from = bytes(whole.slice(0, at));
    places.push([from, from + length]);
    at = whole.indexOf(wanted, at + 1);
  }
  if (places.length > 0) return places;
  throw new RangeError(`The document does not hold the text '${wanted}'`);
}

function sharedWith({ byteStart, byteEnd }: Chunk, [from, to]: Place): number {
  const shared = Math.min(to, byteEnd) - Math.max(from, byteStart);
  return Math.max(shared, 0) / (to - from);
}
