import assert from "node:assert/strict";
import type { GgufFile } from "../../../io/gguf/gguf.ts";
import { GgufMetadata } from "../../../io/gguf/gguf_metadata.ts";
import { ggufTokenizer } from "../../../io/gguf/gguf_tokenizer.ts";
import type { GgufValue } from "../../../io/gguf/gguf_value.ts";
import { JsonTokenizer } from "../../../io/tokenizer/json_tokenizer.ts";
import { openModel } from "../../../io/open_model.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";
import { tokenizerJson } from "../../../io/tokenizer/tokenizer_json.ts";
import { gunzipJson, TINY } from "../fixture.ts";

const encoder = new TextEncoder();
const all = (await gunzipJson<string[]>("tokenizer/lines.json.gz"))
  .map((line) =>
    new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(Uint8Array.fromBase64(line))
  );
const some = all.filter((_, i) => i % 5 === 0);

/** Ids as expected, and offsets that cut the text where the tokens do. */
function check(tokenizer: Tokenizer, text: string, expected: number[]): void {
  const { ids, byteEnds } = tokenizer.encodeWithOffsets(text);
  assert.deepEqual([...ids], expected, JSON.stringify(text));
  assert.deepEqual(tokenizer.encode(text), ids);
  assert.equal(byteEnds.length, ids.length);
  assert.equal(byteEnds.at(-1) ?? 0, encoder.encode(text).length);
}

/** Every token's bytes are the text's bytes between its neighbours' ends. */
function checkBytes(tokenizer: Tokenizer, text: string): void {
  const { ids, byteEnds } = tokenizer.encodeWithOffsets(text);
  const bytes = encoder.encode(text);
  ids.forEach((id, i) => {
    const slice = bytes.slice(i === 0 ? 0 : byteEnds[i - 1], byteEnds[i]);
    assert.deepEqual(tokenizer.tokenBytes(id), slice, JSON.stringify(text));
  });
}

function fromMetadata(entries: Record<string, GgufValue>): Tokenizer {
  const file: GgufFile = {
    path: "test.gguf",
    version: 3,
    metadata: new Map(Object.entries(entries)),
    tensors: new Map(),
  };
  return ggufTokenizer(new GgufMetadata(file));
}

async function fromJson(name: string): Promise<JsonTokenizer> {
  const json = await gunzipJson(`tokenizer/${name}.json.gz`);
  return new JsonTokenizer(tokenizerJson.parse(json), `${name}.json`);
}

Deno.test("the bundled tokenizer gives the ids of `tokenizers` on 2,000 lines", async () => {
  await using model = await openModel(TINY);
  const expected = await gunzipJson<number[][]>("tokenizer/tiny.ids.json.gz");
  assert.equal(all.length, 2000);
  all.forEach((text, i) => {
    check(model.tokenizer, text, expected[i]!);
    checkBytes(model.tokenizer, text);
  });
});

for (
  const name of [
    "gpt2",
    "llama3",
    "qwen2",
    "llama2",
    "llama2-apart",
    "metaspace",
  ]
) {
  Deno.test(`JsonTokenizer() gives the ids of \`tokenizers\`: ${name}`, async () => {
    const tokenizer = await fromJson(name);
    const expected = await gunzipJson<number[][]>(
      `tokenizer/${name}.ids.json.gz`,
    );
    some.forEach((text, i) => check(tokenizer, text, expected[i]!));
  });
}

Deno.test("ggufTokenizer() gives the ids of llama.cpp or `tokenizers` for each pre-tokenizer", async () => {
  const json = await gunzipJson<
    { model: { vocab: Record<string, number>; merges: string[][] } }
  >("tokenizer/gpt2.json.gz");
  const tokens = Object.entries(json.model.vocab).sort((a, b) => a[1] - b[1])
    .map(([token]) => token);
  const goldens = await gunzipJson<
    Record<string, { alike: string[]; ids: number[][] }>
  >("tokenizer/gguf.ids.json.gz");
  assert.equal(Object.keys(goldens).length, 9);
  for (const { alike, ids } of Object.values(goldens)) {
    for (const pre of alike) {
      const tokenizer = fromMetadata({
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.merges": json.model.merges.map((m) => m.join(" ")),
        "tokenizer.ggml.token_type": Float64Array.from(
          tokens,
          (token) => /^<\|\w+\|>$/.test(token) ? 3 : 1,
        ),
      });
      some.forEach((text, i) => {
        check(tokenizer, text, ids[i]!);
        checkBytes(tokenizer, text);
      });
    }
  }
});

Deno.test("SpmTokenizer() gives the ids of `sentencepiece` and llama.cpp", async () => {
  const golden = await gunzipJson<{
    tokens: string[];
    scores: number[];
    types: number[];
    ids: Record<string, number[]>;
    llamaCpp: number[][];
    bare: number[][];
  }>("tokenizer/spm.json.gz");
  const metadata = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": golden.tokens,
    "tokenizer.ggml.scores": Float64Array.from(golden.scores),
    "tokenizer.ggml.token_type": Float64Array.from(golden.types),
  };
  const tokenizer = fromMetadata(metadata);
  const texts = [...some, "a <tool> b", "<tool_call><tool>", "x<tool>y"];
  for (const [i, ids] of Object.entries(golden.ids)) {
    assert.deepEqual([...tokenizer.encode(texts[Number(i)]!)], ids);
  }
  some.forEach((text, i) => check(tokenizer, text, golden.llamaCpp[i]!));
  const bare = fromMetadata({
    ...metadata,
    "tokenizer.ggml.add_space_prefix": false,
  });
  some.forEach((text, i) => check(bare, text, golden.bare[i]!));
});
