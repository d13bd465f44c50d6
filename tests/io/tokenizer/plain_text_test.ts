import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonTokenizer } from "../../../io/tokenizer/json_tokenizer.ts";
import { openModel } from "../../../io/open_model.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";
import { tokenizerJson } from "../../../io/tokenizer/tokenizer_json.ts";
import { fixture, gunzipJson, TINY } from "../fixture.ts";
import { anyText } from "../any_text.ts";

const SPECIAL = [
  "<|im_start|>",
  "<|im_end|>",
  "<|endoftext|>",
  "<s>",
  "</s>",
  "<unk>",
  "<|eot_id|>",
];

const json = tokenizerJson.parse(await gunzipJson("tokenizer/llama3.json.gz"));
await using tiny = await openModel(TINY);
await using spm = await openModel(fixture("model.gguf"));
await using folder = await openModel(fixture("folder"));
const tokenizers: Record<string, Tokenizer> = {
  tiny: tiny.tokenizer,
  llama3: new JsonTokenizer(json, "llama3.json"),
  spm: spm.tokenizer,
  folder: folder.tokenizer,
};

for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const special = new Set(
    SPECIAL.map((text) => tokenizer.specialId(text)).filter((id) =>
      id !== undefined
    ),
  );

  Deno.test(`Tokenizer.encode() makes no special token from text: ${name}`, () => {
    assert.ok(special.size >= 3);
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(...SPECIAL, "<|", "|>", "im", " "),
        anyText(4),
      ),
    ).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (text) => {
        // <unk> may stand for letters outside the vocabulary; it ends nothing.
        const unknown = tokenizer.specialId("<unk>");
        for (const id of tokenizer.encode(text)) {
          assert.ok(!special.has(id) || id === unknown, JSON.stringify(text));
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  Deno.test(`Tokenizer.encodeTemplate() reads special tokens and adds none: ${name}`, () => {
    for (const text of SPECIAL) {
      const id = tokenizer.specialId(text);
      if (id === undefined) continue;
      assert.deepEqual([...tokenizer.encodeTemplate(text)], [id]);
      assert.deepEqual(tokenizer.tokenBytes(id), new Uint8Array(0));
    }
    assert.deepEqual(tokenizer.encodeTemplate("a b"), tokenizer.encode("a b"));
    assert.deepEqual([...tokenizer.encode("")], []);
  });

  Deno.test(`Tokenizer.encode() takes lone surrogates for U+FFFD: ${name}`, () => {
    assert.deepEqual(
      tokenizer.encode("a\ud800b"),
      tokenizer.encode("a\ufffdb"),
    );
    const { byteEnds } = tokenizer.encodeWithOffsets("a\udfffb");
    assert.equal(byteEnds.at(-1), 5);
  });
}
