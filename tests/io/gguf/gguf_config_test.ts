import assert from "node:assert/strict";
import { ARCHITECTURES } from "../../../io/architectures/list.ts";
import { ggufConfig } from "../../../io/gguf/gguf_config.ts";
import type { GgufRopeFactors } from "../../../io/gguf/gguf_rope.ts";
import type { GgufValue } from "../../../io/gguf/gguf_value.ts";
import type { ModelConfig } from "../../../io/model_config.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";

const shape = {
  "llama.embedding_length": 64,
  "llama.attention.head_count": 4,
  "llama.block_count": 2,
  "llama.feed_forward_length": 96,
  "llama.context_length": 4096,
};

/** The configuration of a Llama file with these metadata. */
function configOf(
  metadata: Record<string, GgufValue>,
  factors: GgufRopeFactors = {},
): ModelConfig {
  return ggufConfig(
    {
      path: "m.gguf",
      version: 3,
      metadata: new Map(Object.entries({ ...shape, ...metadata })),
      tensors: new Map(),
    },
    ARCHITECTURES.find(({ name }) => name === "llama")!,
    { specialId: () => undefined, vocab: 100 } as unknown as Tokenizer,
    factors,
  );
}

Deno.test("ggufConfig() fills in what llama.cpp does", () => {
  const config = configOf({});
  assert.equal(config.normEpsilon, 1e-5);
  assert.equal(config.ropeTheta, 10000);
  assert.deepEqual([config.kvHeads, config.headDim, config.ropeDim], [
    4,
    16,
    16,
  ]);
  assert.deepEqual([config.vocab, config.tiedHead], [100, true]);
});

Deno.test("ggufConfig() ends answers at every end that the file names", () => {
  const ends = { eos: 7, eot: 8, eom: 9 };
  const named = Object.entries(ends).map(([name, id]) =>
    [`tokenizer.ggml.${name}_token_id`, id] as const
  );
  assert.deepEqual(configOf(Object.fromEntries(named)).stopIds, [7, 8, 9]);
});

Deno.test("ggufConfig() scales the factors of rope_freqs.weight where all is scaled linearly too", () => {
  const freqs = Float32Array.from({ length: 8 }, (_, i) => 1 + i);
  const { ropeScaling: alone } = configOf({}, { freqs });
  assert.deepEqual(alone, { type: "factors", factors: freqs });
  const linear = {
    "llama.rope.scaling.type": "linear",
    "llama.rope.scaling.factor": 4,
  };
  const factors = freqs.map((factor) => 4 * factor);
  const { ropeScaling } = configOf(linear, { freqs });
  assert.deepEqual(ropeScaling, { type: "factors", factors });
  assert.deepEqual(configOf(linear).ropeScaling, { type: "linear", factor: 4 });
});

Deno.test("ggufConfig() takes YaRN's attention factor times that of its scale, as llama.cpp does", () => {
  const yarn = {
    "llama.rope.scaling.type": "yarn",
    "llama.rope.scaling.factor": 4,
    "llama.rope.scaling.original_context_length": 1024,
  };
  const plain = {
    type: "yarn",
    factor: 4,
    originalWindow: 1024,
    betaFast: 32,
    betaSlow: 1,
  };
  assert.deepEqual(configOf(yarn).ropeScaling, plain);
  const said = { ...yarn, "llama.rope.scaling.attn_factor": 0.5 };
  assert.deepEqual(configOf(said).ropeScaling, {
    ...plain,
    attentionFactor: 0.5 * (1 + 0.1 * Math.log(4)),
  });
});
