import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { heldBytes } from "../kernels/held_entries.ts";
import { mayBeDense } from "../kernels/dense_weights.ts";
import type { Accuracy } from "../kernels/linear.ts";

/** What a run will hold, as numbers. */
export interface RunNumbers {
  /** Workers that prefill. */
  readonly workers: number;
  /** Chunks computed in one call. */
  readonly batch: number;
  readonly accuracy: Accuracy;
  readonly documentTokens: number;
  /** Chunks of the document. */
  readonly chunks: number;
  /** Tokens of the longest chunk, lead included. */
  readonly chunkEntries: number;
  /** Entries of a chunk that leave its prefill: fewer where an evictor is computed inside; default: all. */
  readonly heldEntries?: number;
  /** Layers whose keys and values such a session holds at once; default: all. */
  readonly heldLayers?: number;
  /** Chunks that reach the answer. */
  readonly keptChunks: number;
  /** Entries that a KV head keeps of each of them. */
  readonly keptEntries: number;
  /** Entries a KV head that are held until a stage has seen all chunks and chooses some; default: none. */
  readonly waitingEntries?: number;
  /** Bytes of KV held for further questions (`chat`); 0 in a single run. */
  readonly storedBytes: number;
}

/** One part of the predicted memory. */
export interface MemoryTerm {
  readonly name: string;
  readonly bytes: number;
  /** Grows with the KV cache: what a run's byte budget is about. */
  readonly kv: boolean;
}

/** Sizes of the sessions' weights, as the sessions hold them. */
export interface SessionWeights {
  /** Bytes in a `prefill` session. */
  readonly prefill: number;
  /** Bytes in the `decode` session. */
  readonly decode: number;
  /** Bytes of the embedding table on the host. */
  readonly embedding: number;
}

// Measured with Deno 2.9.6 and onnxruntime-node 1.30.0 on Linux x64, 2 threads; two models, twelve settings.
/** Deno, the libraries, ONNX Runtime, and garbage that is not collected yet. */
const PROGRAM = 225 * 2 ** 20;
/** Bytes a token of the vocabulary: two maps and the merges. */
const VOCABULARY_ENTRY = 800;
/** Bytes a token of the document: text, ids, offsets, and what tokenising leaves behind. */
const DOCUMENT_TOKEN = 400;
/** Copies of its weights that a session makes: the graph as written, as read, and as laid out for the kernels. */
const PREFILL_COPIES = 2.2;
/** As above; it opens last, while all else is held. */
const DECODE_COPIES = 3;
/** What a session that evicts holds of a layer's keys and values before it drops the rest, with its arena's gaps. */
const INSIDE_COPIES = 3;

/** The most bytes that a run will hold resident, term by term. */
export function predictMemory(
  config: ModelConfig,
  weights: SessionWeights,
  run: RunNumbers,
): MemoryTerm[] {
  const { layers, kvHeads, headDim, hidden, ffn, vocab } = config;
  const entry = layers * 2 * kvHeads * headDim * 4; // bytes of one KV entry
  const { heldEntries = run.chunkEntries, heldLayers = layers } = run;
  const chunk = heldBytes(config, run.chunkEntries, heldEntries);
  const inside = heldEntries < run.chunkEntries
    ? INSIDE_COPIES * run.chunkEntries * entry * heldLayers / layers
    : 0; // of a chunk, before the rest is dropped
  const inFlight = Math.min(run.workers * run.batch, run.chunks);
  // Less than one chunk is missing: shorter chunks count as the longest here.
  const stored = run.storedBytes > (run.chunks - 1) * chunk;
  const queue = run.waitingEntries ? 0 : run.keptChunks;
  const queued = stored
    ? 0 // the store holds them
    : Math.min(run.chunks, queue + inFlight + 1);
  // Chunks that come together are asked together, in one input of the worker; a question goes before the next prefill.
  const asked = Math.min((run.workers + 1) * run.batch - 1, run.chunks);
  // With one chunk, or all of them stored, prefill is over when the decode session opens and the merged cache
  // comes to be: what it worked with is used again.
  const working = stored || run.chunks === 1 ? 0 : inFlight + asked - 1;
  const kept = run.keptChunks *
    heldBytes(config, run.chunkEntries, run.keptEntries);
  const evicted = run.keptEntries < heldEntries ? kept : 0;
  const rows = stored ? 0 : run.chunkEntries * inFlight;
  const term = (name: string, bytes: number, kv = false): MemoryTerm => ({
    name,
    bytes: Math.ceil(bytes),
    kv,
  });
  return [
    term("program", PROGRAM),
    term("tokenizer", vocab * VOCABULARY_ENTRY),
    term("embedding", weights.embedding),
    term("document", run.documentTokens * DOCUMENT_TOKEN),
    term("prefill weights", run.workers * PREFILL_COPIES * weights.prefill),
    term("decode weights", DECODE_COPIES * weights.decode),
    // Rows of the residual stream, of Q, K, V and of the three parts of the MLP, fp32.
    term("activations", rows * 4 * (8 * hidden + 4 * ffn)),
    term("KV inside prefill", inFlight * inside),
    term("KV of chunks in work", working * chunk, true),
    term("KV of the queue", queued * chunk, true),
    term("KV held for the choice", (run.waitingEntries ?? 0) * entry, true),
    term("KV kept between questions", run.storedBytes, true),
    term("KV after eviction", evicted, true),
    // In the worker that decodes.
    term("KV merged", kept, true),
  ];
}

/** Sum of the terms. */
export function totalBytes(terms: readonly MemoryTerm[]): number {
  return terms.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Sizes of a model's weights in its sessions, from the tensors' shapes and their bytes in the file. */
export function sessionWeights(
  weights: Pick<WeightSource, "names" | "shape" | "bytes">,
  { tiedHead }: Pick<ModelConfig, "tiedHead">,
  accuracy: Accuracy,
): SessionWeights {
  const sizes = { prefill: 0, decode: 0, embedding: 0 };
  const tensors = weights.names.map((name) => {
    const shape = weights.shape(name);
    const values = shape.reduce((a, b) => a * b, 1);
    const matrix = shape.length > 1;
    return {
      name,
      matrix,
      values,
      bits: bitsHeld(weights.bytes(name) / values),
    };
  });
  const dense = accuracy === "exact" && mayBeDense(weights);
  for (const { name, matrix, values, bits } of tensors) {
    const bytes = values * bytesOf[bits];
    const inChunks = dense ? 32 : accuracy === "int8" && matrix ? 8 : bits;
    const decoded = values * bytesOf[dense && bits === 8 ? 32 : bits];
    const embeds = name.startsWith("embedding.");
    const head = embeds ? tiedHead : name.startsWith("head.");
    if (embeds) sizes.embedding += bytes;
    if (head || !embeds) sizes.decode += decoded;
    if (!head && !embeds) sizes.prefill += values * bytesOf[inChunks];
  }
  return sizes;
}

/** Bytes a weight takes: blocks with an fp32 scale, and a minimum where the format has one. */
const bytesOf = { 4: 0.5 + 8 / 32, 8: 1 + 4 / 32, 32: 4 } as const;

/** How a tensor is held, from its bytes a weight in the file; formats of 5 and 6 bits are held as 8. */
function bitsHeld(bytes: number): 4 | 8 | 32 {
  if (bytes <= 0.65) return 4;
  return bytes <= 1.2 ? 8 : 32;
}
