import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { heldBytes } from "../kernels/cache/held_entries.ts";
import { roomCapacity } from "../kernels/decode/step_room.ts";
import type { MemoryTerm } from "./predict_memory.ts";
import { contextNumbers, rereadRun, type RunNumbers } from "./run_numbers.ts";
import { takesSteps, widerBy } from "./step_heads.ts";

/** Bytes of a model's weights as sessions on a card hold them. */
export interface CardWeights {
  readonly layers: number;
  /** The token table, dense: the sessions look ids up themselves. */
  readonly table: number;
  readonly head: number;
  /** The largest matrix of those in blocks, as the products of many rows unpack it. */
  readonly unpacked: number;
}

/** Bytes that one call of a prefill session takes, part by part. */
export interface CardCall {
  /** The residual stream, its norm, what attention gives, their sum, and the norm of that. */
  readonly residual: number;
  /** Query, key and value in one product, keys and values turned. */
  readonly attention: number;
  /** Scores of the question's rows in fp32. */
  readonly scores: number;
  /** The MLP's gate, its activation, and up. */
  readonly mlp: number;
  /** Logits of the question's rows: as computed, in fp32, and their log-softmax. */
  readonly logits: number;
  /** Keys and values of all layers that wait for the end of the call. */
  readonly inside: number;
  /** What leaves the session, in fp32. */
  readonly outputs: number;
}

const MIB = 2 ** 20;
// Measured on an H200 (driver 580, CUDA 13, cuDNN 9, ONNX Runtime 1.30.0): bench/results/gpu_memory.json.
/** A process's CUDA context. */
const CONTEXT = 530 * MIB;
/** Kernels, which CUDA loads as they are first used. */
const KERNELS = 45 * MIB;
/** The recording of a decoding step, with its kernels. */
const RECORDING = 45 * MIB;
/** An open session: two cuBLAS handles with 8 MiB of workspace each, two of cuDNN, a stream. */
const SESSION = 20 * MIB;
/** Sessions that every run has beside: two that join, one that copies whole numbers, one that copies halves. */
const MOVERS = 4;
/** CUDA gives memory out in blocks of this size; what is smaller shares one. */
const BLOCK = 2 * MIB;
/** Blocks of the residual stream's size that a call takes. */
const RESIDUAL_BLOCKS = 5;
/** Blocks of an MLP's width. */
const MLP_BLOCKS = 3;
/** fp32 blocks of a requery's scores: as they are, masked, and their softmax. */
const QUESTION_BLOCKS = 3;
/** Scores, where they find no room in what attention has left: in products' precision, in fp32, masked. */
const SCORE_BLOCKS = 2.5;

/**
 * The bytes that a run takes on the card that decodes, term by term.
 *
 * Every session has an arena of its own, which keeps what it once took and gives nothing to the others: the peak is the
 * sum of what each of them takes at most. Arenas grow by what is asked for (`kSameAsRequested`), and no two pieces of
 * theirs ever become one: a call takes a piece for every tensor that finds none free which is large enough, and what
 * leaves it takes its room out of such pieces. A cache in slots belongs to the session that made it, in fp32.
 */
export function predictCardMemory(
  config: ModelConfig,
  weights: CardWeights,
  run: RunNumbers,
): MemoryTerm[] {
  const { layers, kvHeads, headDim } = config;
  const { chunkEntries, keptChunks, keptEntries, requery, batch } = run;
  const { heldEntries = chunkEntries, questionRows = 0 } = run;
  const half = run.accuracy === "half";
  const steps = half && takesSteps(config, run);
  const { merged: kept, reread, context, changes } = contextNumbers(run);
  const decodes = requery || changes || !steps;
  const group = Math.min(batch, run.chunks);
  const longest = Math.max(0, ...reread);
  const evictedLast = context < (reread.at(-1) ?? kept) ? context : 0;
  const call = largestCall(config, run, longest);
  const { outputs } = cardCall(config, run);
  const entry = layers * 2 * kvHeads * headDim * 4; // bytes of one KV entry
  /** Keys, or values, of one layer in a piece of memory each. */
  const slots = (caches: number, entries: number, size = 4) =>
    caches * layers * 2 * onCard(entries * kvHeads * headDim * size);
  const { biased = false } = run;
  const wider = widerBy(config, run);
  const queuedEntries = Math.min(run.queuedEntries ?? heldEntries, heldEntries);
  const evictsFirst = queuedEntries < heldEntries;
  const waits = run.waitingEntries ? 0 : keptChunks;
  const inFlight = Math.min((run.workers + 1) * group, run.chunks);
  const asked = requery ? inFlight - 1 : 0;
  const queue = Math.min(
    run.chunks,
    (evictsFirst ? 0 : waits) + inFlight + asked,
  );
  // And the one that comes next.
  const small = evictsFirst ? Math.min(run.chunks, waits + 1) : 0;
  const shorter = heldBytes(config, chunkEntries, heldEntries) /
    (heldEntries * entry); // of layers with a sliding window
  const room = roomCapacity(context);
  const whole = weights.layers + weights.table + weights.head;
  const evicts = heldEntries < chunkEntries;
  // Batches are split; what has the question behind it is cut by a session that joins, as is a merged cache.
  const sessions = MOVERS + 1 + Number(group > 1) + Number(decodes) +
    (steps ? 2 : 0);
  const term = (name: string, bytes: number, kv = false): MemoryTerm => ({
    name,
    bytes: Math.ceil(bytes),
    kv,
  });
  return [
    term("CUDA context", CONTEXT + KERNELS + (steps ? RECORDING : 0)),
    term("sessions", sessions * SESSION),
    term("prefill weights", whole - (questionRows ? 0 : weights.head)),
    term("decode weights", decodes ? whole : 0),
    term("step weights", steps ? whole : 0),
    term(
      "prefill run",
      callBytes(call) + weights.unpacked,
    ),
    // With one chunk a call, and no question behind it, the outputs are the chunk's cache.
    term(
      "prefill outputs",
      group > 1 || (questionRows && !evicts) ? outputs : 0,
    ),
    term(
      "question",
      Math.max(
        requery ? questionBytes(config, chunkEntries) : 0,
        changes ? questionBytes(config, kept) : 0,
      ),
    ),
    term(
      "KV of the queue",
      queue * slots(1, heldEntries) * shorter +
        (small > 0 ? slots(small, queuedEntries) : 0),
      true,
    ),
    term("KV held for the choice", (run.waitingEntries ?? 0) * entry, true),
    term(
      "KV after eviction",
      keptEntries < queuedEntries ? slots(keptChunks, keptEntries) : 0,
      true,
    ),
    // All sources of a layer's keys behind one another.
    term("KV being merged", kept * entry / layers / 2, true),
    term("KV merged", slots(1, kept), true),
    // What came of reading again, of several times the longest: the next one finds its pieces free. And what is left of
    // the last, where that is less; what is chosen to be read lies on the host.
    term(
      "KV behind the merge",
      (longest > 0 ? slots(1, longest) : 0) +
        (evictedLast > 0 ? slots(1, evictedLast) : 0),
      true,
    ),
    // And what is copied there; where heads hold a bias they are made before.
    term(
      "step room",
      steps
        ? slots(1, room, 2 * wider) * (1 + (biased ? 2 : 1) / layers / 2)
        : 0,
      true,
    ),
  ];
}

/** What one call of the prefill session holds on the card: [batch · rows] rows in the precision of products. */
export function cardCall(config: ModelConfig, run: RunNumbers): CardCall {
  const { layers, hidden, ffn, heads, kvHeads, headDim, vocab } = config;
  const { chunkEntries, questionRows = 0 } = run;
  const { heldEntries = chunkEntries, heldLayers = layers } = run;
  const size = run.accuracy === "half" ? 2 : 4;
  const group = Math.min(run.batch, run.chunks);
  const rows = group * (chunkEntries + questionRows);
  const evicts = heldEntries < chunkEntries;
  const kv = 2 * kvHeads * headDim; // values of one entry of a layer
  const stream = rows * hidden * size;
  const projected = rows * (heads * headDim + kv) * size;
  const scores = evicts ? rows * heads * questionRows * 4 : 0;
  const waits = evicts ? heldLayers === layers : size < 4;
  return {
    residual: RESIDUAL_BLOCKS * stream,
    attention: projected + rows * kv * size,
    scores: Math.max(scores, SCORE_BLOCKS * scores - stream - projected),
    mlp: MLP_BLOCKS * rows * ffn * size,
    logits: group * questionRows * vocab * (size + 2 * 4),
    inside: waits ? rows * layers * kv * size : 0,
    outputs: group * heldBytes(config, chunkEntries, heldEntries),
  };
}

/** Of the chunks' calls and the one that reads kept tokens again the one that takes most: all of them share an arena. */
function largestCall(
  config: ModelConfig,
  run: RunNumbers,
  reread: number,
): CardCall {
  const chunks = cardCall(config, run);
  if (reread === 0) return chunks;
  const again = cardCall(config, rereadRun(run, reread));
  return callBytes(again) > callBytes(chunks) ? again : chunks;
}

function callBytes(call: CardCall): number {
  const { residual, attention, scores, mlp, logits, inside } = call;
  return residual + attention + scores + Math.max(mlp, logits) + inside;
}

/** Bytes that CUDA takes for a piece of memory, or its share of what it takes for several. */
function onCard(bytes: number): number {
  return bytes < BLOCK
    ? BLOCK / Math.floor(BLOCK / bytes)
    : Math.ceil(bytes / BLOCK) * BLOCK;
}

/** A requery of one cache: its scores, and the logits of its rows, in fp32. */
function questionBytes(
  { heads, vocab }: ModelConfig,
  entries: number,
): number {
  const rows = 32;
  return rows * QUESTION_BLOCKS * 4 * (heads * entries + vocab);
}

/** Sizes of a model's weights on a card, from the tensors' shapes and their bytes in the file. */
export function cardWeights(
  weights: Pick<WeightSource, "names" | "shape" | "bytes">,
  { tiedHead }: Pick<ModelConfig, "tiedHead">,
  accuracy: RunNumbers["accuracy"],
): CardWeights {
  const size = accuracy === "half" ? 2 : 4;
  const sizes = { layers: 0, table: 0, head: 0, unpacked: 0 };
  const small: number[] = []; // bytes of what shares CUDA's blocks
  for (const name of weights.names) {
    const shape = weights.shape(name);
    const values = shape.reduce((a, b) => a * b, 1);
    const pieces = shape.length > 1
      ? piecesOf(values, weights.bytes(name) / values, size)
      : [values * size];
    const bytes = pieces.reduce((a, b) => a + b, 0);
    if (name.startsWith("embedding.")) {
      sizes.table += values * size;
      if (tiedHead) sizes.head += bytes;
    } else if (name.startsWith("head.")) sizes.head += bytes;
    else {
      for (const piece of pieces) {
        if (piece < BLOCK) small.push(piece);
        else sizes.layers += onCard(piece);
      }
      if (pieces.length > 1) {
        sizes.unpacked = Math.max(sizes.unpacked, values * size);
      }
    }
  }
  sizes.layers += packed(small);
  return sizes;
}

/** Bytes of the blocks that take small pieces, each the first that has room. */
function packed(pieces: readonly number[]): number {
  const free: number[] = []; // bytes left of every block
  for (const bytes of pieces) {
    const at = free.findIndex((left) => left >= bytes);
    if (at < 0) free.push(BLOCK - bytes);
    else free[at]! -= bytes;
  }
  return free.length * BLOCK;
}

/** Bytes of a matrix: blocks of 32 have codes and scales, some have minima too; else the precision of products. */
function piecesOf(values: number, inFile: number, size: number): number[] {
  const scales = values * size / 32;
  if (inFile <= 0.57) return [values / 2, scales];
  if (inFile <= 0.65) return [values / 2, scales, scales];
  return inFile <= 1.2 ? [values, scales] : [values * size];
}
