// deno-lint-ignore-file camelcase -- keys as config.json spells them
import assert from "node:assert/strict";
import { hfArchitecture } from "../../../io/architecture_support.ts";
import { checkConfig } from "../../../io/config_check.ts";
import { hfModelConfig } from "../../../io/huggingface/hf_config.ts";
import {
  flatConfig,
  hfConfig,
  hfModelType,
} from "../../../io/huggingface/hf_config_schema.ts";
import { checkJson } from "../../../io/files/json_file.ts";
import type { ModelConfig } from "../../../io/model_config.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";

/** The configuration of a folder whose `config.json` says this. */
function configOf(json: Record<string, unknown>): ModelConfig {
  const path = "config.json";
  const given = checkJson(json, hfModelType, path);
  const architecture = hfArchitecture(given, path);
  const flat = flatConfig(given, architecture.defaults);
  const config = hfModelConfig({
    architecture,
    config: checkJson(flat, hfConfig, path),
    tokenizer: { specialId: () => undefined } as unknown as Tokenizer,
    startsWith: () => false,
    path,
  });
  checkConfig(config, path);
  return config;
}

const small = {
  hidden_size: 64,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 100,
};

/** `l` local, `s` sliding, `n` not turning, `.` as the model. */
const pattern = ({ layerKinds }: ModelConfig) =>
  layerKinds?.map(({ rope, sliding }) =>
    rope === "local" ? "l" : rope === "none" ? "n" : sliding ? "s" : "."
  ).join("");

Deno.test("Gemma 3's wrapped config.json is read with what it leaves out", () => {
  const config = configOf({
    architectures: ["Gemma3ForConditionalGeneration"],
    eos_token_id: [1, 106],
    model_type: "gemma3",
    text_config: {
      hidden_size: 2560,
      intermediate_size: 10240,
      model_type: "gemma3_text",
      num_hidden_layers: 34,
      rope_scaling: { factor: 8.0, rope_type: "linear" },
      sliding_window: 1024,
    },
    vision_config: { hidden_size: 1152, num_hidden_layers: 27 },
  });
  const { layerKinds, stopIds, ...rest } = config;
  assert.deepEqual(rest, {
    architecture: "gemma3_text",
    name: ".",
    layers: 34,
    hidden: 2560,
    ffn: 10240,
    heads: 8,
    kvHeads: 4,
    headDim: 256,
    vocab: 262208,
    window: 131072,
    normEpsilon: 1e-6,
    ropeTheta: 1e6,
    ropeDim: 256,
    ropeScaling: { type: "linear", factor: 8 },
    localRope: { theta: 10000, scaling: { type: "none" } },
    tiedHead: true,
    attentionBias: false,
    mlpBias: false,
    activation: "gelu-tanh",
    attentionScale: 1 / 16,
    embeddingScale: Math.fround(Math.sqrt(2560)),
    bosId: null,
    addBos: false,
  });
  assert.equal(pattern(config), "lllll.".repeat(6).slice(0, 34));
  assert.deepEqual(layerKinds?.[0], { sliding: 1024, rope: "local" });
  assert.deepEqual(stopIds, [1, 106]);
});

Deno.test("Gemma 3 as transformers 5 writes it: layer_types and rope_parameters by type", () => {
  const config = configOf({
    ...small,
    model_type: "gemma3_text",
    sliding_window: 512,
    layer_types: [
      "sliding_attention",
      "full_attention",
      "full_attention",
      "sliding_attention",
    ],
    rope_parameters: {
      full_attention: { rope_type: "linear", factor: 8, rope_theta: 5e5 },
      sliding_attention: { rope_type: "default", rope_theta: 20000 },
    },
  });
  assert.equal(pattern(config), "l..l");
  assert.equal(config.ropeTheta, 5e5);
  assert.deepEqual(config.ropeScaling, { type: "linear", factor: 8 });
  assert.equal(config.localRope?.theta, 20000);
  assert.equal(config.scoreCap, undefined);
});

Deno.test("Gemma 2 has its caps, scale and layers by default", () => {
  const config = configOf({
    ...small,
    model_type: "gemma2",
    query_pre_attn_scalar: 144,
  });
  assert.equal(pattern(config), "s.s.");
  assert.equal(config.layerKinds?.[0]?.sliding, 4096);
  const { scoreCap, logitCap, attentionScale, tiedHead } = config;
  assert.deepEqual([scoreCap, logitCap, tiedHead], [50, 30, true]);
  assert.equal(attentionScale, Math.fround(1 / 12));
});

Deno.test("Mistral slides by number, by default, and not at null", () => {
  const window = (sliding: object) =>
    configOf({ ...small, model_type: "mistral", ...sliding }).layerKinds?.at(-1)
      ?.sliding;
  assert.equal(window({}), 4096);
  assert.equal(window({ sliding_window: 1000 }), 1000);
  assert.equal(window({ sliding_window: null }), undefined);
});

Deno.test("Qwen slides behind max_window_layers, and only where it uses windows", () => {
  for (const model_type of ["qwen2", "qwen3"]) {
    const read = (more: object) =>
      configOf({ ...small, model_type, max_window_layers: 3, ...more });
    assert.equal(pattern(read({})), undefined);
    assert.equal(pattern(read({ use_sliding_window: true })), "...s");
    const types = ["full_attention", "sliding_attention"];
    const layer_types = [...types, ...types];
    assert.equal(pattern(read({ layer_types })), undefined);
    const both = { use_sliding_window: true, layer_types };
    assert.equal(pattern(read(both)), ".s.s");
    assert.equal(read({}).attentionBias, model_type === "qwen2");
    assert.equal(read({}).headDim, model_type === "qwen2" ? 16 : 128);
  }
});

Deno.test("SmolLM 3 turns by list, by interval, and every fourth layer not", () => {
  const read = (more: object) =>
    pattern(configOf({ ...small, model_type: "smollm3", ...more }));
  assert.equal(read({}), "...n");
  assert.equal(read({ no_rope_layer_interval: 2 }), ".n.n");
  assert.equal(read({ no_rope_layers: [0, 1, 1, 1] }), "n...");
  const windows = { use_sliding_window: true, sliding_window: 8 };
  const { layerKinds } = configOf({
    ...small,
    model_type: "smollm3",
    ...windows,
  });
  assert.deepEqual(layerKinds?.slice(2), [
    { rope: "model" },
    { sliding: 8, rope: "none" },
  ]);
});

Deno.test("Phi-3 turns a part of a head, by factors of its length", () => {
  const factors = Array.from({ length: 6 }, (_, i) => 1 + i);
  const config = configOf({
    ...small,
    model_type: "phi3",
    max_position_embeddings: 131072,
    original_max_position_embeddings: 4096,
    partial_rotary_factor: 0.75,
    rope_scaling: { type: "su", short_factor: factors, long_factor: factors },
    sliding_window: 262144,
  });
  assert.equal(config.ropeDim, 12);
  assert.deepEqual(config.ropeScaling, {
    type: "longrope",
    short: Float32Array.from(factors),
    long: Float32Array.from(factors),
    originalWindow: 4096,
    attentionFactor: Math.sqrt(1 + 5 / 12),
  });
  // No row of the model stands so far behind an entry.
  assert.equal(pattern(config), undefined);
});

Deno.test("windows of layers hold where they are narrower than the model's", () => {
  const read = (sliding_window: number, model_type = "phi3") =>
    configOf({
      ...small,
      model_type,
      sliding_window,
      max_position_embeddings: 4096,
    });
  assert.equal(pattern(read(4095)), "ssss");
  assert.equal(pattern(read(4096)), undefined);
  assert.equal(pattern(read(4095, "gemma2")), "s.s.");
  assert.equal(pattern(read(4096, "gemma2")), undefined);
  // Local RoPE stays what it is.
  const { layerKinds } = read(8192, "gemma3_text");
  assert.deepEqual(layerKinds?.[0], { rope: "local" });
});

Deno.test("hfModelConfig() says what no kernel computes", () => {
  const cases: [Record<string, unknown>, string][] = [
    [
      { model_type: "llama", hidden_act: "gelu" },
      'its activation is "gelu"; supported: silu, gelu_pytorch_tanh',
    ],
    [
      { model_type: "llama", rope_parameters: { partial_rotary_factor: 0.5 } },
      'its partial_rotary_factor is "0.5"; in llama models all of a head rotates',
    ],
    [
      {
        model_type: "qwen3",
        layer_types: ["linear_attention", "", "", "full_attention"],
      },
      'its layer_types have "linear_attention"; supported: full_attention, sliding_attention',
    ],
    [
      { model_type: "gemma2", layer_types: ["full_attention"] },
      "its layer_types are 1 for 4 layers; it is damaged, so fetch it again",
    ],
    [
      { model_type: "gemma3_text", use_bidirectional_attention: true },
      "its rows see the rows behind them too (use_bidirectional_attention); models that generate text can be run",
    ],
    [
      { model_type: "gemma2", query_pre_attn_scalar: -1 },
      'its configuration is impossible: attentionScale is "NaN"; it must be above 0',
    ],
    [
      { model_type: "gemma2", final_logit_softcapping: -1 },
      'its configuration is impossible: logitCap is "-1"; it must be above 0',
    ],
    [
      { model_type: "gemma3_text", rope_local_base_freq: 0 },
      `its configuration is impossible: local RoPE's base is "0"; it must be above 0`,
    ],
    [
      {
        model_type: "phi3",
        rope_scaling: { type: "su", short_factor: [1], long_factor: [1] },
      },
      "its configuration is impossible: RoPE has 1 frequency factors; it needs 8, each above 0",
    ],
  ];
  for (const [json, problem] of cases) {
    assert.throws(() => configOf({ ...small, ...json }), {
      name: "FormatError",
      message: `Cannot read "config.json": ${problem}`,
    });
  }
});
