import assert from "node:assert/strict";
import type { ModelConfig } from "../../io/model_config.ts";
import {
  cardCall,
  cardWeights,
  predictCardMemory,
} from "../../stages/predict_card_memory.ts";
import { roomCapacity } from "../../kernels/step_room.ts";
import type { RunNumbers } from "../../stages/predict_memory.ts";

const config = {
  layers: 16,
  heads: 32,
  kvHeads: 8,
  headDim: 64,
  hidden: 2048,
  ffn: 8192,
  vocab: 128256,
  tiedHead: true,
  ropeScaling: { type: "none" },
} as ModelConfig;
const weights = { layers: 2e9, table: 5e8, head: 4e8 };
const run: RunNumbers = {
  workers: 1,
  batch: 4,
  accuracy: "half",
  documentTokens: 131_072,
  chunks: 16,
  chunkEntries: 8152,
  questionRows: 40,
  heldEntries: 512,
  heldLayers: 1,
  keptChunks: 16,
  keptEntries: 512,
  storedBytes: 0,
};
const entry = 16 * 2 * 8 * 64 * 4; // fp32
const bytes = (
  name: string,
  change: Partial<RunNumbers> = {},
  of: ModelConfig = config,
) =>
  predictCardMemory(of, weights, { ...run, ...change })
    .find((term) => term.name === name)!.bytes;

Deno.test("predictCardMemory() holds the weights of every open session", () => {
  assert.equal(bytes("prefill weights"), 2.9e9);
  assert.equal(bytes("prefill weights", { questionRows: 0 }), 2.5e9);
  assert.equal(bytes("step weights"), 2.9e9);
  assert.equal(bytes("decode weights"), 0);
  assert.equal(bytes("decode weights", { requery: true }), 2.9e9);
  assert.equal(bytes("step weights", { accuracy: "exact" }), 0);
  assert.equal(bytes("decode weights", { accuracy: "exact" }), 2.9e9);
  const layerKinds = [{ rope: "model" as const, sliding: 8 }];
  assert.equal(bytes("step weights", {}, { ...config, layerKinds }), 0);
});

Deno.test("predictCardMemory() holds chunks in slots, the merged cache, and room to decode in", () => {
  assert.equal(bytes("KV of the queue"), 16 * 512 * entry);
  assert.equal(bytes("KV of the queue", { keptChunks: 1 }), 9 * 512 * entry);
  assert.equal(bytes("KV merged"), 16 * 512 * entry);
  assert.equal(bytes("KV after eviction"), 0);
  assert.equal(
    bytes("KV after eviction", { heldEntries: 8152 }),
    16 * 512 * entry,
  );
  assert.equal(bytes("step room"), roomCapacity(8192) * entry / 2);
  assert.equal(bytes("prefill outputs"), 4 * 512 * entry);
  assert.equal(bytes("prefill outputs", { batch: 1 }), 0);
});

Deno.test("predictCardMemory() counts a second call's plan beside the first call", () => {
  const one = bytes("prefill runs", { chunks: 4, keptChunks: 4 });
  assert.equal(bytes("prefill runs"), 2 * one);
  const { residual, inside, mlp, attention, scores, logits } = cardCall(
    config,
    run,
  );
  assert.equal(
    one,
    residual + inside + Math.max(mlp, attention, scores, logits),
  );
});

Deno.test("cardCall() counts the rows of a micro-batch in the precision of products", () => {
  const rows = 4 * 8192;
  const call = cardCall(config, run);
  assert.equal(call.mlp, rows * 4 * 8192 * 2);
  assert.equal(call.residual, rows * 2 * 2048 * 2);
  assert.equal(call.scores, rows * 32 * 40 * 3 * 4);
  assert.equal(call.logits, 4 * 40 * 128256 * (2 + 8));
  assert.equal(call.inside, rows * 2 * 2 * 8 * 64 * 2);
  const { heldLayers: _, ...all } = run;
  assert.equal(cardCall(config, all).inside, rows * 16 * 2 * 8 * 64 * 2);
  const exact = cardCall(config, { ...run, accuracy: "exact" });
  assert.equal(exact.mlp, 2 * call.mlp);
});

Deno.test("cardWeights() counts blocks with their scales, and the table dense", () => {
  const tensors: Record<string, [number[], number]> = {
    "embedding.weight": [[100, 32], 100 * 34], // Q8_0
    "layers.0.up.weight": [[64, 32], 64 * 18], // Q4_0
    "layers.0.gate.weight": [[64, 32], 64 * 20], // Q4_1
    "norm.weight": [[32], 128], // F32
  };
  const source = {
    names: Object.keys(tensors),
    shape: (name: string) => tensors[name]![0],
    bytes: (name: string) => tensors[name]![1],
  };
  assert.deepEqual(cardWeights(source, { tiedHead: true }, "half"), {
    layers: 64 * 32 * (0.5 + 2 / 32) + 64 * 32 * (0.5 + 4 / 32) + 32 * 2,
    table: 100 * 32 * 2,
    head: 100 * 32 * (1 + 2 / 32),
  });
  assert.equal(cardWeights(source, { tiedHead: false }, "half").head, 0);
});
