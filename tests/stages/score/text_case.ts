import { from, of } from "rxjs";
import type { Chunk, KvChunk } from "../../../stages/mod.ts";
import { type FakeCase, held } from "../fake_case.ts";

/** Chunks that say what a test wants them to say, one text each, with what a scorer of texts is connected to. */
export function textInputs(
  test: FakeCase,
  texts: readonly string[],
  question: string,
) {
  const text = texts.join("");
  const encoder = new TextEncoder();
  const ends = texts.map((_, i) =>
    encoder.encode(texts.slice(0, i + 1).join("")).length
  );
  const chunks = texts.map((_, index): Chunk => ({
    index,
    count: texts.length,
    lead: new Int32Array(0),
    tokens: new Int32Array(0),
    byteStart: ends[index - 1] ?? 0,
    byteEnd: ends[index]!,
    line: 1,
  }));
  const { ids, byteEnds } = test.model.tokenizer.encodeWithOffsets(text);
  return {
    chunks: from(chunks.map((chunk) => bare(chunk))),
    corpus: from(chunks),
    prompt: of({ ...test.prompt, question }),
    tokens: of({ source: { name: "test", text }, ids, byteEnds }),
    model: held(test.model),
  };
}

/** A chunk without keys and values. */
export function bare(chunk: Chunk, score?: number): KvChunk {
  const cache = { kvHeads: 1, headDim: 1, layers: [], bytes: 0 };
  return {
    chunk,
    cache,
    entriesBefore: 0,
    ...(score !== undefined && { score }),
    retain() {},
    release() {},
  };
}
