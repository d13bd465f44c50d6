import assert from "node:assert/strict";
import {
  shapeCardWeights,
  type ShapeName,
  shapes,
} from "../../bench/gpu/random_shape.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import {
  cardCall,
  cardWeights,
  predictCardMemory,
} from "../../stages/predict_card_memory.ts";
import { roomCapacity } from "../../kernels/decode/step_room.ts";
import { totalBytes } from "../../stages/predict_memory.ts";
import type { RunNumbers } from "../../stages/run_numbers.ts";

const MIB = 2 ** 20;

/** What one call of a prefill session took beside its weights. */
interface Arena {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly rows: number;
  readonly questionRows: number;
  /** Entries kept of a chunk; absent: all. */
  readonly keep?: number;
  readonly callBytes: number;
}

/** A whole run, and the peak of the card. */
interface Configuration extends Omit<Arena, "keep" | "callBytes"> {
  readonly bits: 4 | 16;
  readonly chunks: number;
  readonly keep: number | "all";
  readonly share: "none" | "layer" | "model";
  readonly measuredBytes: number;
}

async function measured() {
  const file = new URL("../../bench/results/gpu_memory.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(file)) as {
    readonly arenas: readonly Arena[];
    readonly configurations: readonly Configuration[];
  };
}

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
const weights = { layers: 2e9, table: 5e8, head: 4e8, unpacked: 0 };
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
  const room = roomCapacity(8192) * entry / 2;
  assert.equal(bytes("step room"), room * (1 + 1 / 32)); // and one that is copied there
  assert.equal(bytes("prefill outputs"), 4 * 512 * entry);
  assert.equal(bytes("prefill outputs", { batch: 1 }), 0);
});

Deno.test("predictCardMemory() makes room for heads that hold a bias, and steps only where they can", () => {
  const biased = { biased: true };
  // 12,288 entries of heads of 80 numbers in 16 bits are 15 MiB: 8 blocks. And what is made of one layer.
  assert.equal(bytes("step room", biased), 34 * 16 * MIB);
  const capped = { ...config, scoreCap: 50 };
  assert.equal(bytes("step room", biased, capped), 0);
  assert.equal(bytes("decode weights", biased, capped), 2.9e9);
  assert.equal(bytes("step room", {}, capped), bytes("step room"));
});

Deno.test("predictCardMemory() counts what CUDA gives out: blocks, of which small pieces share one", () => {
  // Keys of 135M: 512 entries take 384 KiB, of which 5 share a block; 768 KiB are 2.
  const small = { ...config, layers: 30, kvHeads: 3 };
  assert.equal(bytes("KV of the queue", {}, small), 16 * 60 * MIB * 2 / 5);
  const twice = { heldEntries: 1024, keptEntries: 1024 };
  assert.equal(bytes("KV of the queue", twice, small), 16 * 60 * MIB);
  // 12,288 entries in 16 bits are 4.5 MiB: three blocks.
  assert.equal(bytes("step room", {}, small), 61 * 6 * MIB);
});

Deno.test("predictCardMemory() counts every session, and what CUDA records of steps", () => {
  const one = bytes("sessions", { batch: 1 });
  assert.equal(bytes("sessions") - one, 20 * MIB); // splits
  assert.equal(bytes("sessions", { requery: true }) - one, 40 * MIB);
  const half = bytes("CUDA context");
  assert.equal(half - bytes("CUDA context", { accuracy: "exact" }), 45 * MIB);
});

Deno.test("predictCardMemory() takes the larger of MLP and logits, and unpacks one matrix of weights in blocks", () => {
  const { residual, attention, scores, mlp, logits, inside } = cardCall(
    config,
    run,
  );
  assert(mlp > logits);
  assert.equal(
    bytes("prefill run"),
    residual + attention + scores + mlp + inside,
  );
  const packed = { ...weights, unpacked: 1e8 };
  const terms = predictCardMemory(config, packed, run);
  const { bytes: unpacked } = terms.find(({ name }) => name === "prefill run")!;
  assert.equal(unpacked - bytes("prefill run"), 1e8);
});

Deno.test("cardCall() counts the rows of a micro-batch in the precision of products", () => {
  const rows = 4 * 8192;
  const call = cardCall(config, run);
  assert.equal(call.mlp, rows * 3 * 8192 * 2);
  assert.equal(call.residual, rows * 5 * 2048 * 2);
  assert.equal(call.attention, rows * (2048 + 2 * 2 * 512) * 2);
  assert.equal(call.logits, 4 * 40 * 128256 * (2 + 8));
  assert.equal(call.inside, 0);
  const { heldLayers: _, ...all } = run;
  assert.equal(cardCall(config, all).inside, rows * 16 * 2 * 8 * 64 * 2);
  const exact = cardCall(config, { ...run, accuracy: "exact" });
  assert.equal(exact.mlp, 2 * call.mlp);
});

Deno.test("cardCall() takes more for scores where attention leaves too little room", () => {
  const block = (tail: number) => (4 * (8152 + tail)) * 32 * tail * 4;
  assert.equal(cardCall(config, run).scores, block(40));
  const long = cardCall(config, { ...run, questionRows: 200 });
  assert(long.scores > block(200) && long.scores < 2.5 * block(200));
});

Deno.test("cardCall() is within a tenth of what ONNX Runtime's arena took on an H200", async () => {
  const { arenas } = await measured();
  assert(arenas.length >= 12);
  for (const { shape, batch, rows, questionRows, keep, callBytes } of arenas) {
    const of = shapes[shape] as ModelConfig;
    const call = cardCall(of, {
      ...run,
      batch,
      questionRows,
      chunkEntries: rows - questionRows,
      heldEntries: Math.min(keep ?? Infinity, rows - questionRows),
    });
    const unpacked = shapeCardWeights(shape, shape === "8b" ? 4 : 16).unpacked;
    const { residual, attention, scores, mlp, logits } = call;
    const { inside, outputs } = call;
    const predicted = residual + attention + scores + Math.max(mlp, logits) +
      unpacked + inside + outputs;
    const ratio = predicted / callBytes;
    const what = `${shape} ${batch} × ${rows}, keep ${keep}: ${ratio}`;
    assert(ratio > 0.895 && ratio < 1.1, what);
  }
});

Deno.test("predictCardMemory() is within a tenth of the peaks of an H200", async () => {
  const { configurations } = await measured();
  assert(configurations.length >= 8);
  for (const one of configurations) {
    const { shape, bits, batch, rows, chunks, questionRows } = one;
    const of = { ...config, ...shapes[shape] } as ModelConfig;
    const chunkEntries = rows - questionRows;
    const kept = one.keep === "all" ? chunkEntries : one.keep;
    const terms = predictCardMemory(of, shapeCardWeights(shape, bits), {
      ...run,
      batch,
      chunks,
      questionRows,
      chunkEntries,
      heldEntries: kept,
      heldLayers: one.share === "model" ? of.layers : 1,
      keptChunks: chunks,
      keptEntries: kept,
    });
    const ratio = totalBytes(terms) / one.measuredBytes;
    const what = `${shape} ${batch} × ${rows}, keep ${one.keep}: ${ratio}`;
    assert(ratio > 0.9 && ratio < 1.1, what);
  }
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
    layers: 2 * MIB, // all of it in one block
    table: 100 * 32 * 2,
    head: 100 * 32 * (1 + 2 / 32),
    unpacked: 64 * 32 * 2,
  });
  assert.equal(cardWeights(source, { tiedHead: false }, "half").head, 0);
});

Deno.test("predictCardMemory() holds what is left of chunks that are evicted before they are chosen", () => {
  const { heldEntries: _h, heldLayers: _l, questionRows: _q, ...whole } = run;
  const queue = (change: Partial<RunNumbers> = {}) =>
    predictCardMemory(config, weights, {
      ...whole,
      batch: 1,
      keptChunks: 3,
      ...change,
    }).find(({ name }) => name === "KV of the queue")!.bytes;
  const first = queue({ queuedEntries: 512 });
  const inFlight = queue({ keptChunks: 0 });
  // Three that stay, and the next.
  assert.equal(first - inFlight, 4 * 512 * entry);
  assert(queue() > first);
});

Deno.test("predictCardMemory() holds what is read again, and room to decode over what comes of it", () => {
  const again = { requery: true, rereadEntries: [2048], contextEntries: 512 };
  assert.equal(bytes("KV behind the merge", again), (2048 + 512) * entry);
  assert.equal(bytes("KV behind the merge"), 0);
  const twice = { ...again, rereadEntries: [2048, 512] };
  assert.equal(bytes("KV behind the merge", twice), 2048 * entry);
  const less = { ...twice, contextEntries: 256 };
  assert.equal(bytes("KV behind the merge", less), (2048 + 256) * entry);
  assert.equal(bytes("KV merged", again), 16 * 512 * entry);
  assert.equal(
    bytes("step room", again),
    bytes("step room", { keptChunks: 1 }),
  );
  const rows = 32 * 3 * 4; // in three blocks of fp32
  const asked = (change: Partial<RunNumbers>) =>
    bytes("question", { ...again, ...change });
  assert.equal(asked({}), rows * (32 * 8192 + 128256));
  assert.equal(
    asked({ requery: false, keptChunks: 8 }),
    rows * (32 * 4096 + 128256),
  );
  assert(bytes("decode weights", { ...again, requery: false }) > 0);
});

Deno.test("predictCardMemory() takes the call that reads again where it is the largest", () => {
  const call = (change: Partial<RunNumbers>) =>
    bytes("prefill run", { batch: 1, questionRows: 0, ...change });
  const small = { chunkEntries: 512 };
  const again = { ...small, rereadEntries: [1536], contextEntries: 512 };
  assert.equal(call(again), call({ chunkEntries: 1536, heldEntries: 1536 }));
  assert.equal(call({ ...again, batch: 4 }), call({ ...small, batch: 4 }));
  const twice = { ...again, rereadEntries: [1024, 1536] };
  assert.equal(call(twice), call(again));
});
