import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { heldBytes } from "../kernels/held_entries.ts";
import { roomCapacity } from "../kernels/step_room.ts";
import { canStep } from "../kernels/step_graph.ts";
import type { MemoryTerm, RunNumbers } from "./predict_memory.ts";

/** Bytes of a model's weights as sessions on a card hold them. */
export interface CardWeights {
  readonly layers: number;
  /** The token table, dense: the sessions look ids up themselves. */
  readonly table: number;
  readonly head: number;
}

/** Bytes that one call of a prefill session holds, part by part. */
export interface CardCall {
  /** The residual stream and its norm. */
  readonly residual: number;
  /** The MLP's gate, its activation, up, and their product. */
  readonly mlp: number;
  /** Query, key and value in one, the queries turned, the attention's output, and the log-sum-exp of its rows. */
  readonly attention: number;
  /** Scores of the question's rows in fp32: as they are, masked, and their softmax. */
  readonly scores: number;
  /** Logits of the question's rows: as computed, in fp32, and their log-softmax. */
  readonly logits: number;
  /** Keys and values that no output has taken yet. */
  readonly inside: number;
  /** What leaves the session, in fp32. */
  readonly outputs: number;
}

// NVIDIA's and ONNX Runtime's own figures for Hopper, CUDA 13: compare `bench/gpu/main.ts`, which measures the sum.
/** A process's CUDA context, with the kernels that it loads. */
const CONTEXT = 512 * 2 ** 20;
/** cuBLAS's workspace on Hopper, of each session that multiplies. */
const WORKSPACE = 32 * 2 ** 20;
/** fp32 blocks of the question's scores. */
const SCORE_BLOCKS = 3;
/** Layers whose keys and values are there at once where each layer chooses by itself: its own and the next one's. */
const LAYERS_INSIDE = 2;
/** A first call allocates as it goes; a second one, whose shapes are known, plans one block beside that. */
const CALLS = 2;

/**
 * The bytes that a run takes on the card that decodes, term by term.
 *
 * Every session has an arena of its own, which keeps what it once took and gives nothing to the others: the peak is the
 * sum of what each of them holds at most. Arenas grow by what is asked for (`kSameAsRequested`). A cache in slots
 * belongs to the session that made it, in fp32.
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
  const steps = half && canStep(config);
  const decodes = requery || !steps;
  const group = Math.min(batch, run.chunks);
  const calls = Math.ceil(run.chunks / group / run.workers);
  const call = cardCall(config, run);
  const { residual, mlp, attention, scores, logits, inside, outputs } = call;
  const chunk = heldBytes(config, chunkEntries, heldEntries);
  const kept = keptChunks * heldBytes(config, chunkEntries, keptEntries);
  const inFlight = Math.min((run.workers + 1) * group, run.chunks);
  const asked = requery ? inFlight - 1 : 0;
  const queue = Math.min(
    run.chunks,
    (run.waitingEntries ? 0 : keptChunks) + inFlight + asked,
  );
  const entry = layers * 2 * kvHeads * headDim * 4; // bytes of one KV entry
  const room = roomCapacity(keptChunks * keptEntries) * entry / 2;
  const whole = weights.layers + weights.table + weights.head;
  const term = (name: string, bytes: number, kv = false): MemoryTerm => ({
    name,
    bytes: Math.ceil(bytes),
    kv,
  });
  const products = 1 + Number(decodes) + Number(steps);
  return [
    term("CUDA context", CONTEXT),
    term("cuBLAS workspaces", products * WORKSPACE),
    term("prefill weights", whole - (questionRows ? 0 : weights.head)),
    term("decode weights", decodes ? whole : 0),
    term("step weights", steps ? whole : 0),
    term(
      "prefill runs",
      Math.min(CALLS, calls) *
        (residual + inside + Math.max(mlp, attention, scores, logits)),
    ),
    // With one chunk a call the outputs are the chunk's cache.
    term("prefill outputs", group > 1 ? outputs : 0),
    term("question", requery ? questionBytes(config, run) : 0),
    term("KV of the queue", queue * chunk, true),
    term("KV held for the choice", (run.waitingEntries ?? 0) * entry, true),
    term("KV after eviction", keptEntries < heldEntries ? kept : 0, true),
    // All sources of a layer's keys behind one another, and what is taken of them.
    term("KV being merged", 2 * kept / layers / 2, true),
    term("KV merged", kept, true),
    term("step room", steps ? room : 0, true),
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
  const outputs = group * heldBytes(config, chunkEntries, heldEntries);
  const inLayers = evicts
    ? Math.min(layers, heldLayers < layers ? LAYERS_INSIDE : layers)
    : layers;
  return {
    residual: rows * 2 * hidden * size,
    mlp: rows * 4 * ffn * size,
    attention: rows * ((3 * heads * headDim + kv) * size + 4 * heads),
    scores: evicts ? rows * heads * questionRows * SCORE_BLOCKS * 4 : 0,
    logits: group * questionRows * vocab * (size + 2 * 4),
    // In fp32 they are the outputs themselves.
    inside: evicts || size < 4 ? rows * inLayers * kv * size : 0,
    outputs,
  };
}

/** A requery of one chunk: its scores, and the logits of its rows, in fp32. */
function questionBytes(
  { heads, vocab }: ModelConfig,
  { chunkEntries }: RunNumbers,
): number {
  const rows = 32;
  return rows * SCORE_BLOCKS * 4 * (heads * chunkEntries + vocab);
}

/** Sizes of a model's weights on a card, from the tensors' shapes and their bytes in the file. */
export function cardWeights(
  weights: Pick<WeightSource, "names" | "shape" | "bytes">,
  { tiedHead }: Pick<ModelConfig, "tiedHead">,
  accuracy: RunNumbers["accuracy"],
): CardWeights {
  const size = accuracy === "half" ? 2 : 4;
  const sizes = { layers: 0, table: 0, head: 0 };
  for (const name of weights.names) {
    const shape = weights.shape(name);
    const values = shape.reduce((a, b) => a * b, 1);
    const bytes = values *
      (shape.length > 1
        ? blockBytes(weights.bytes(name) / values, size)
        : size);
    if (name.startsWith("embedding.")) {
      sizes.table += values * size;
      if (tiedHead) sizes.head += bytes;
    } else if (name.startsWith("head.")) sizes.head += bytes;
    else sizes.layers += bytes;
  }
  return sizes;
}

/** Bytes a weight: blocks of 32 with a scale, those with a minimum have that too; else the precision of products. */
function blockBytes(inFile: number, size: number): number {
  if (inFile <= 0.57) return 0.5 + size / 32;
  if (inFile <= 0.65) return 0.5 + 2 * size / 32;
  return inFile <= 1.2 ? 1 + size / 32 : size;
}
