// deno-lint-ignore-file camelcase -- keys as tokenizer_config.json spells them
import assert from "node:assert/strict";
import { textEnds } from "../../../io/tokenizer/text_ends.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";

const ids: Readonly<Record<string, number>> = { "<s>": 46, "</s>": 43 };
const tokenizer = {
  specialId: (text: string) => ids[text],
} as unknown as Tokenizer;
const silent = { tokenizer, eosIds: [], startsWith: () => false };

Deno.test("textEnds() begins texts as the tokenizer does, where the configuration says another token", () => {
  // As DeepSeek-R1-Distill-Qwen has it: the configuration's BOS is what ends its answers.
  assert.deepEqual(
    textEnds({
      ...silent,
      bosId: 43,
      eosIds: [43],
      tokenizerConfig: {
        bos_token: "<s>",
        eos_token: "</s>",
        add_bos_token: true,
      },
    }),
    { bosId: 46, addBos: true, stopIds: [43] },
  );
});

Deno.test("textEnds() takes the configuration's BOS where the tokenizer has none that it knows", () => {
  for (const bos_token of [null, undefined, "<unknown>"]) {
    const tokenizerConfig = { bos_token };
    const { bosId } = textEnds({ ...silent, bosId: 1, tokenizerConfig });
    assert.equal(bosId, 1);
  }
  assert.deepEqual(
    textEnds({ ...silent, bosId: undefined }),
    { bosId: null, addBos: false, stopIds: [] },
  );
});

Deno.test("textEnds() asks the post-processor about BOS only where tokenizer_config.json is silent", () => {
  const startsWith = (id: number) => id === 46;
  const addBos = (add_bos_token?: boolean) =>
    textEnds({
      ...silent,
      startsWith,
      bosId: 1,
      tokenizerConfig: {
        bos_token: "<s>",
        ...(add_bos_token !== undefined && { add_bos_token }),
      },
    }).addBos;
  assert.deepEqual([addBos(), addBos(false), addBos(true)], [
    true,
    false,
    true,
  ]);
});
