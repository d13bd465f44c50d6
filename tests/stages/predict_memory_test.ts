import assert from "node:assert/strict";
import type { ModelConfig } from "../../io/model_config.ts";
import {
  predictMemory,
  type RunNumbers,
  sessionWeights,
  totalBytes,
} from "../../stages/predict_memory.ts";

const config = {
  layers: 8,
  kvHeads: 2,
  headDim: 64,
  hidden: 384,
  ffn: 1024,
  vocab: 8192,
  tiedHead: true,
} as ModelConfig;
const weights = { prefill: 14e6, decode: 63e6, embedding: 3e6 };
const run: RunNumbers = {
  workers: 1,
  batch: 1,
  accuracy: "exact",
  documentTokens: 131_072,
  chunks: 69,
  chunkEntries: 1900,
  keptChunks: 3,
  keptEntries: 512,
  storedBytes: 0,
};
const total = (change: Partial<RunNumbers> = {}) =>
  totalBytes(predictMemory(config, weights, { ...run, ...change }));
/** Bytes of a chunk's KV: layers × 2 × kvHeads × headDim × 4 an entry. */
const chunk = 1900 * 8 * 2 * 2 * 64 * 4;

Deno.test("predictMemory() grows with what is held, not with the chunks that are dropped", () => {
  assert.equal(total({ chunks: 1000 }), total());
  assert(total({ keptChunks: 4 }) >= total() + chunk);
  assert(total({ workers: 2 }) >= total() + 2 * weights.prefill + 2 * chunk);
  assert(total({ batch: 4 }) >= total() + 3 * chunk);
  assert(total({ keptEntries: 256 }) < total());
});

Deno.test("predictMemory() counts what is held for a choice in place of a queue of the best", () => {
  const waitingEntries = 69 * 512;
  const more = waitingEntries * 8 * 2 * 2 * 64 * 4 - 3 * chunk;
  assert.equal(total({ waitingEntries }) - total(), more);
});

Deno.test("predictMemory() counts a single chunk once", () => {
  const terms = predictMemory(config, weights, {
    ...run,
    chunks: 1,
    keptChunks: 1,
    keptEntries: 1900,
  });
  const kv = Object.fromEntries(
    terms.filter((t) => t.kv).map(({ name, bytes }) => [name, bytes / chunk]),
  );
  assert.deepEqual(kv, {
    "KV of chunks in work": 0,
    "KV of the queue": 1,
    "KV held for the choice": 0,
    "KV kept between questions": 0,
    "KV after eviction": 0,
    "KV merged": 1,
  });
});

Deno.test("predictMemory() holds neither queue nor chunks in work beside a store that has every chunk", () => {
  const stored = { storedBytes: run.chunks * chunk };
  const activations = 1900 * 4 * (8 * config.hidden + 4 * config.ffn);
  assert.equal(
    total(stored),
    total() + stored.storedBytes - 6 * chunk - activations,
  );
});

Deno.test("predictMemory() counts what leaves a prefill that evicts inside, and what such a session holds", () => {
  const inside = { heldEntries: 512 };
  const share = 512 / 1900;
  const copies = (all: Partial<RunNumbers>) =>
    predictMemory(config, weights, { ...run, ...all })
      .find(({ name }) => name === "KV inside prefill")!.bytes;
  assert.equal(copies({}), 0);
  assert.equal(copies(inside), 3 * chunk);
  assert.equal(copies({ ...inside, heldLayers: 1 }), Math.ceil(3 * chunk / 8));
  assert.equal(copies({ ...inside, batch: 2 }), 6 * chunk);
  const kept = Math.ceil(3 * share * chunk); // no copy of them is made behind the prefill
  const held = 6 * (chunk - Math.ceil(share * chunk)); // in work and in the queue
  const saved = total() - total({ ...inside, heldLayers: 1 });
  assert(Math.abs(saved - (held + kept - 3 * chunk / 8)) < 10);
});

Deno.test("sessionWeights() counts weights as sessions hold them", () => {
  const tensors: Record<string, [number[], number]> = {
    "embedding.weight": [[100, 32], 100 * 34], // Q8_0
    "layers.0.up.weight": [[64, 32], 64 * 18], // Q4_0
    "layers.0.query.weight": [[32, 32], 32 * 32 * 2], // F16
    "norm.weight": [[32], 128], // F32
  };
  const source = {
    names: Object.keys(tensors),
    shape: (name: string) => tensors[name]![0],
    bytes: (name: string) => tensors[name]![1],
  };
  const layers = 64 * 32 * 0.75 + 32 * 32 * 4 + 32 * 4;
  const head = 100 * 32;
  assert.deepEqual(sessionWeights(source, { tiedHead: true }, "fast"), {
    prefill: layers,
    decode: layers + head * 1.125,
    embedding: head * 1.125,
  });
  assert.deepEqual(sessionWeights(source, { tiedHead: true }, "exact"), {
    prefill: 64 * 32 * 4 + 32 * 32 * 4 + 32 * 4,
    decode: layers + head * 4,
    embedding: head * 1.125,
  });
  assert.equal(
    sessionWeights(source, { tiedHead: true }, "int8").prefill,
    (64 * 32 + 32 * 32) * 1.125 + 32 * 4,
  );
  const untied = sessionWeights(source, { tiedHead: false }, "fast");
  assert.equal(untied.decode, layers);
});

Deno.test("predictMemory() counts of sliding layers what they hold of a chunk", () => {
  const rope = "model" as const;
  const layerKinds = Array.from(
    { length: 8 },
    (_, l) => l % 4 === 3 ? { rope } : { rope, sliding: 101 },
  );
  const sliding = { ...config, layerKinds };
  const kv = (
    of: ModelConfig,
    name: string,
    change: Partial<RunNumbers> = {},
  ) =>
    predictMemory(of, weights, { ...run, ...change })
      .find((term) => term.name === name)!.bytes;
  const entry = 2 * 2 * 64 * 4; // of one layer
  const held = (2 * 1900 + 6 * 100) * entry;
  const queued = kv(config, "KV of the queue") / chunk;
  assert.equal(kv(sliding, "KV of the queue"), queued * held);
  const kept = (2 * 512 + 6 * 100) * entry;
  assert.equal(kv(sliding, "KV merged"), 3 * kept);
  assert.equal(
    kv(sliding, "KV merged", { keptEntries: 50 }),
    kv(config, "KV merged", { keptEntries: 50 }),
  );
});
