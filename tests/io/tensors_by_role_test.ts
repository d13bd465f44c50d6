import assert from "node:assert/strict";
import { phi3 } from "../../io/architectures/phi3.ts";
import { fileNames } from "../../io/file_names.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import { F32 } from "../../io/quant/f32.ts";
import { tensorsByRole } from "../../io/tensors_by_role.ts";
import { type StoredTensor, TensorWeights } from "../../io/tensor_weights.ts";
import { checkWeights } from "../../io/weights_check.ts";
import { smallConfig } from "../../kernels/model/random_model.ts";
import { memorySource } from "./recording_source.ts";

const config: ModelConfig = { ...smallConfig, layers: 1, tiedHead: true };
const { hidden, vocab, ffn } = config;
const names = fileNames("folder", phi3);
const source = memorySource(new Uint8Array(1 << 20));

function stored(shape: number[]): StoredTensor {
  const bytes = shape.reduce((a, b) => a * b, 4);
  return { source, offset: 4, bytes, shape, format: F32 };
}

/** All that Phi-3 needs in one layer, but for what `changes` say. */
function open(changes: Record<string, number[] | undefined>): string[] {
  const shapes: Record<string, number[] | undefined> = {
    "model.embed_tokens.weight": [vocab, hidden],
    "model.norm.weight": [hidden],
    "lm_head.weight": [vocab, hidden],
    "model.layers.0.input_layernorm.weight": [hidden],
    "model.layers.0.self_attn.qkv_proj.weight": [128, hidden],
    "model.layers.0.self_attn.o_proj.weight": [hidden, 64],
    "model.layers.0.post_attention_layernorm.weight": [hidden],
    "model.layers.0.mlp.gate_up_proj.weight": [2 * ffn, hidden],
    "model.layers.0.mlp.down_proj.weight": [hidden, ffn],
    ...changes,
  };
  const aside: string[] = [];
  const tensors = tensorsByRole(
    new Map(
      Object.entries(shapes).flatMap(([name, shape]) =>
        shape ? [[name, stored(shape)]] : []
      ),
    ),
    {
      kind: "folder",
      names,
      architecture: phi3,
      config,
      path: "m",
      aside: (name) => aside.push(name),
    },
  );
  checkWeights(new TensorWeights(tensors), config, {
    architecture: phi3,
    inFile: names.inFile,
    path: "m",
  });
  const key = tensors.get("layers.0.key.weight")!;
  assert.deepEqual(key.shape, [32, hidden]);
  assert.equal(key.offset, 4 + 64 * hidden * 4);
  assert.equal(key.bytes, 32 * hidden * 4);
  assert.equal(tensors.has("head.weight"), false); // tied
  return aside;
}

Deno.test("tensorsByRole() cuts merged tensors and puts strangers aside", () => {
  assert.deepEqual(open({}), []);
  const stranger = "model.layers.0.self_attn.rotary_emb.inv_freq";
  assert.deepEqual(open({ [stranger]: [8] }), [stranger]);
});

Deno.test("tensorsByRole() and checkWeights() name merged tensors as the file does", () => {
  const qkv = "model.layers.0.self_attn.qkv_proj.weight";
  const cases: [Record<string, number[] | undefined>, string][] = [
    [
      { [qkv]: [96, hidden] },
      `tensor "${qkv}" has 96 rows; by the configuration it must have 64 + 32 + 32`,
    ],
    [
      { [qkv]: [] },
      `tensor "${qkv}" has 0 rows; by the configuration it must have 64 + 32 + 32`,
    ],
    [
      { [qkv]: undefined },
      `tensor "${qkv}" is missing; the model is incomplete, so fetch it again`,
    ],
    [
      { [qkv]: [128, 8] },
      `tensor "${qkv}" has the shape [64,8]; by the configuration it must be [64,64]`,
    ],
    [
      { "model.norm.weight": [3] },
      'tensor "model.norm.weight" has the shape [3]; by the configuration it must be [64]',
    ],
  ];
  for (const [changes, problem] of cases) {
    assert.throws(() => open(changes), {
      name: "FormatError",
      message: `Cannot read "m": ${problem}`,
    });
  }
});
