import assert from "node:assert/strict";
import type { ModelConfig } from "../../io/model_config.ts";
import {
  type MemoryMoment,
  predictMemory,
  predictMoments,
  totalBytes,
} from "../../stages/predict_memory.ts";
import type { RunNumbers } from "../../stages/run_numbers.ts";

const config = {
  layers: 8,
  heads: 6,
  kvHeads: 2,
  headDim: 64,
  hidden: 384,
  ffn: 1024,
  vocab: 8192,
  tiedHead: true,
  ropeScaling: { type: "none" },
} as ModelConfig;
const session = (bytes: number) => ({ graph: bytes, open: bytes });
const weights = {
  prefill: session(14e6),
  question: session(17e6),
  decode: session(16e6),
  steps: session(18e6),
  embedding: 3e6,
};
const run: RunNumbers = {
  workers: 1,
  batch: 1,
  accuracy: "exact",
  documentTokens: 131_072,
  chunks: 69,
  chunkEntries: 1920,
  requery: true,
  keptChunks: 3,
  keptEntries: 512,
  storedBytes: 0,
};
/** Bytes of a chunk's KV: layers × 2 × kvHeads × headDim × 4 an entry; whole mebibytes. */
const chunk = 1920 * 8 * 2 * 2 * 64 * 4;
const kept = 512 * 8 * 2 * 2 * 64 * 4;

const moments = (change: Partial<RunNumbers> = {}, of = config) =>
  predictMoments(of, weights, { ...run, ...change });
const total = (change: Partial<RunNumbers> = {}) =>
  totalBytes(predictMemory(config, weights, { ...run, ...change }));
const at = (
  moment: MemoryMoment["name"],
  name: string,
  change: Partial<RunNumbers> = {},
  of = config,
) =>
  moments(change, of).find((m) => m.name === moment)!.terms
    .find((term) => term.name === name)?.bytes ?? 0;
const answer = (change: Partial<RunNumbers> = {}) =>
  totalBytes(moments(change).find(({ name }) => name === "answer")!.terms);

Deno.test("predictMemory() gives the terms of the moment that holds most", () => {
  const sums = moments().map(({ terms }) => totalBytes(terms));
  assert.equal(total(), Math.max(...sums));
  const large = { ...weights, prefill: session(4e9) };
  const opening = predictMoments(config, large, run)[0]!;
  assert.equal(opening.name, "prefill opens");
  assert.deepEqual(
    predictMemory(
      config,
      { ...weights, prefill: { graph: 4e9, open: 1 } },
      run,
    ),
    opening.terms,
  );
});

Deno.test("predictMemory() grows with what is held, not with the chunks that are dropped", () => {
  assert.equal(total({ chunks: 1000 }), total());
  assert(answer({ keptChunks: 4 }) >= answer() + chunk + 2 * kept);
  const worker = weights.prefill.open + 2 * chunk;
  assert(answer({ workers: 2 }) >= answer() + worker);
  assert(answer({ batch: 4 }) >= answer() + 3 * chunk);
  assert(answer({ keptEntries: 256 }) < answer());
});

Deno.test("predictMemory() counts what a group of chunks puts before the stages, and those that are asked", () => {
  const queue = (change: Partial<RunNumbers>) =>
    at("answer", "KV of the queue", change) / chunk;
  assert.equal(queue({ requery: false }), 3 + 2);
  assert.equal(queue({}), 3 + 2 + 1);
  assert.equal(queue({ batch: 4 }), 3 + 8 + 7);
  assert.equal(queue({ batch: 4, chunks: 10 }), 10);
  assert.equal(queue({ waitingEntries: 69 * 512 }), 2 + 1);
});

Deno.test("predictMemory() counts what is merged by what it says, and no more than is kept", () => {
  const merged = (mergedEntries?: number) =>
    at("answer", "KV merged", mergedEntries ? { mergedEntries } : {});
  assert.equal(merged(), 3 * kept);
  assert.equal(merged(2 * 512), 3 * Math.ceil(2 / 3 * 4) * 2 ** 20);
  assert.equal(merged(4 * 512), 3 * kept);
  assert.equal(
    at("answer", "KV after eviction", { mergedEntries: 512 }),
    3 * kept,
  );
});

Deno.test("predictMemory() counts what is held for a choice", () => {
  const waitingEntries = 69 * 512;
  assert.equal(
    at("answer", "KV held for the choice", { waitingEntries }),
    69 * kept,
  );
});

Deno.test("predictMemory() opens the session that decodes early where chunks are asked, else behind the merge", () => {
  assert.equal(at("decode opens", "KV of the queue"), 2 * chunk);
  assert.equal(at("decode opens", "KV merged"), 0);
  assert.equal(
    at("decode opens", "KV merged", { requery: false }),
    3 * kept,
  );
  assert.equal(at("chunks", "decode weights", { requery: false }), 0);
  assert.equal(at("chunks", "decode weights"), weights.decode.open);
});

Deno.test("predictMemory() counts the rows of one call of every worker", () => {
  const runs = (change: Partial<RunNumbers>) =>
    at("answer", "prefill runs", change);
  const once = 1920 * 4 * (2 * 384 + 4 * 1024) + chunk;
  assert.equal(runs({}), once);
  assert.equal(runs({ batch: 4 }), 4 * once);
  assert.equal(runs({ batch: 4, chunks: 2 }), 2 * once);
  assert.equal(runs({ workers: 2 }), 2 * once);
  const row = 4 * (2 * 384 + 4 * 1024) + 4 * 8 * 6 * 64;
  assert.equal(runs({ questionRows: 32 }), 1952 * row + chunk);
  assert.equal(
    at("chunks", "prefill inputs and outputs", { batch: 4 }),
    4 * (chunk + 1920 * 384 * 4),
  );
});

Deno.test("predictMemory() holds no queue beside a store that has every chunk", () => {
  const storedBytes = run.chunks * chunk;
  assert.equal(at("answer", "KV of the queue", { storedBytes }), 0);
  assert.equal(
    at("decode opens", "KV kept between questions", { storedBytes }),
    storedBytes,
  );
});

Deno.test("predictMemory() counts what leaves a prefill that evicts inside, and what such a session holds", () => {
  const inside = { heldEntries: 512, requery: false };
  const runs = (change: Partial<RunNumbers>) =>
    at("answer", "prefill runs", { ...inside, ...change });
  const rows = 1920 * 4 * (2 * 384 + 4 * 1024);
  assert.equal(runs({}), rows + 3 * chunk + kept);
  assert.equal(runs({ heldLayers: 1 }), rows + 3 * chunk / 8 + kept);
  assert.equal(at("answer", "KV of the queue", inside), 5 * kept);
  // No copy of them is made behind the prefill.
  assert.equal(at("answer", "KV after eviction", inside), 0);
});

Deno.test("predictMemory() counts of sliding layers what they hold of a chunk", () => {
  const rope = "model" as const;
  const layerKinds = Array.from(
    { length: 8 },
    (_, l) => l % 4 === 3 ? { rope } : { rope, sliding: 101 },
  );
  const sliding = { ...config, layerKinds };
  const whole = (bytes: number) => Math.ceil(bytes / 2 ** 20) * 2 ** 20;
  const entry = 2 * 2 * 64 * 4; // of one layer
  assert.equal(
    at("answer", "KV of the queue", {}, sliding),
    6 * whole((2 * 1920 + 6 * 100) * entry),
  );
  assert.equal(
    at("answer", "KV merged", {}, sliding),
    3 * whole((2 * 512 + 6 * 100) * entry),
  );
});

Deno.test("predictMemory() counts the session of steps where it decodes: in long answers, or alone", () => {
  const bytes = (name: string, change: Partial<RunNumbers>) =>
    at("answer", name, change);
  const entry = 8 * 2 * 2 * 64 * 4;
  const held = (entries: number) => entries * entry;
  assert.equal(bytes("step weights", { answerTokens: 64 }), 0);
  assert.equal(bytes("KV of steps", { answerTokens: 64 }), 0);
  const long = { answerTokens: 200 };
  assert.equal(bytes("step weights", long), 18e6);
  assert.equal(bytes("decode weights", long), 16e6);
  assert.equal(bytes("KV of steps", long), held(3 * 512 + 32 + 200));
  const rounded = { ...long, accuracy: "int8" } as const;
  assert.equal(bytes("KV of steps", rounded), held(3 * 512 + 32 + 200) / 4);
  const biased = { ...long, biased: true }; // heads of 80 numbers for 64
  assert.equal(
    bytes("KV of steps", biased),
    held(3 * 512 + 32 + 200) * 80 / 64,
  );
  const alone = { requery: false, answerTokens: 10 };
  assert.equal(bytes("step weights", alone), 18e6);
  assert.equal(bytes("decode weights", alone), 0);
  const opening = at("steps open", "step weights", long);
  assert.equal(opening, Math.ceil(18e6 * 3.8));
});

Deno.test("predictMemory() counts chunks that are evicted before they are chosen by what is left of them", () => {
  const first = { keptChunks: 8, queuedEntries: 512 };
  const queue = (change: Partial<RunNumbers> = {}) =>
    at("answer", "KV of the queue", { ...first, ...change });
  // Two in flight, one that is asked; eight that stay, and the next.
  assert.equal(queue(), 3 * chunk + 9 * kept);
  assert.equal(queue({ chunks: 5 }), 3 * chunk + 5 * kept);
  assert.equal(queue({ batch: 4 }), (8 + 7) * chunk + 9 * kept);
  assert.equal(queue({ storedBytes: 69 * chunk }), 9 * kept);
  assert.equal(at("answer", "KV after eviction", first), 0);
  assert.equal(
    at("answer", "KV after eviction", { ...first, keptEntries: 256 }),
    8 * kept / 2,
  );
  const choice = (chunks: number) =>
    at("chunks", "choice of entries", { ...first, chunks }) - 16 * 2 ** 20;
  assert.equal(choice(10), 10 * 1920 * 8 * 6 * 2 * 4);
  assert.equal(choice(1000), 64 * 2 ** 20); // what is older is collected
  assert.equal(at("chunks", "choice of entries"), 0);
  // Chunks that became smaller than that are whole.
  const short = { chunkEntries: 256, keptEntries: 256 };
  assert.equal(queue(short), (8 + 3) * kept / 2);
  assert.equal(at("answer", "KV after eviction", { ...first, ...short }), 0);
});

Deno.test("predictMemory() counts what is read again, and steps over what comes of it", () => {
  const entry = 8 * 2 * 2 * 64 * 4;
  const again = {
    keptChunks: 8,
    queuedEntries: 512,
    rereadEntries: [1536],
    contextEntries: 512,
  };
  const bytes = (name: string, change: Partial<RunNumbers> = {}) =>
    at("answer", name, { ...again, ...change });
  assert.equal(bytes("KV merged"), 8 * kept);
  assert.equal(bytes("KV merged, on the host"), 8 * kept);
  assert.equal(bytes("KV behind the merge"), (2 * 1536 + 512) * entry);
  assert.equal(
    bytes("question behind the merge"),
    32 * 5 * 6 * (4096 - 1920) * 4,
  );
  assert.equal(bytes("KV behind the merge", { keptChunks: 1 }), 0);
  const evicted = { rereadEntries: [] };
  assert.equal(bytes("KV behind the merge", evicted), 512 * entry);
  const long = { answerTokens: 200 };
  assert.equal(bytes("KV of steps", long), (512 + 32 + 200) * entry);
  assert.equal(at("answer", "KV merged, on the host"), 0);
  assert.equal(at("answer", "KV behind the merge"), 0);
  assert.equal(at("answer", "question behind the merge"), 0);
});

Deno.test("predictMemory() counts every reading with what was chosen for it, and what is decoded over once", () => {
  const entry = 8 * 2 * 2 * 64 * 4;
  const entries = (rereadEntries: number[], contextEntries: number) =>
    at("answer", "KV behind the merge", {
      ...{ keptChunks: 8, rereadEntries, contextEntries },
    }) / entry;
  assert.equal(entries([1536, 512], 512), 2 * (1536 + 512));
  assert.equal(entries([1536, 512], 100), 2 * (1536 + 512) + 100);
  assert.equal(entries([1536], 1536), 2 * 1536);
});

Deno.test("predictMemory() lets a worker's arena grow where chunks are smaller than what is read again", () => {
  const name = "prefill run behind the merge";
  const again = { keptChunks: 8, rereadEntries: [1536], contextEntries: 512 };
  assert.equal(at("answer", name, again), 0);
  const row = 4 * (2 * 384 + 4 * 1024) + 8 * 2 * 2 * 64 * 4;
  const small = { ...again, chunkEntries: 512 };
  assert.equal(at("answer", name, small), (1536 - 512) * row);
  assert.equal(at("answer", name, { ...small, batch: 4 }), 0);
  assert.equal(at("chunks", name, small), 0);
  const twice = { ...small, rereadEntries: [1536, 1024] };
  assert.equal(at("answer", name, twice), (1536 - 512) * row);
});
