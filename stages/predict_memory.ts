import type { ModelConfig } from "../io/model_config.ts";
import { heldBytes } from "../kernels/cache/held_entries.ts";
import { engineOf } from "../kernels/provider/engine_of.ts";
import { STEP_ROWS } from "../kernels/attention/attention_steps.ts";
import { TILE_ROWS } from "../kernels/onnx/row_tiles.ts";
import { STEPS_AFTER } from "../kernels/family/step_graph.ts";
import { contextNumbers, rereadRun, type RunNumbers } from "./run_numbers.ts";
import { takesSteps, widerBy } from "./step_heads.ts";
import type { SessionWeights } from "./session_weights.ts";

/** One part of the predicted memory. */
export interface MemoryTerm {
  readonly name: string;
  readonly bytes: number;
  /** Grows with the KV cache: what a run's byte budget is about. */
  readonly kv: boolean;
}

/** What is held at once, at a moment of a run that may be its peak. */
export interface MemoryMoment {
  readonly name:
    | "prefill opens"
    | "decode opens"
    | "chunks"
    | "steps open"
    | "answer";
  readonly terms: readonly MemoryTerm[];
}

// Measured with Deno 2.9.6 and onnxruntime-node 1.30.0 on Linux x64, 2 threads, as resident set behind every request
// to a worker; bundled model and SmolLM2-135M, 2,000 to 131,072 tokens.
const MIB = 2 ** 20;
/** Deno with the modules (107 MiB), the compute worker (25), ONNX Runtime's library and its C interface (41), and what they grow by. */
const PROGRAM = 178 * MIB;
/** Bytes a token of the vocabulary: two maps and the merges (700), and the heap that parsing them left behind. */
const VOCABULARY_ENTRY = 2400;
/** Bytes a token of the document: text, ids, offsets, and what tokenising leaves behind. */
const DOCUMENT_TOKEN = 400;
/**
 * Copies of its graph while a session opens: the constants as they were read (their memory is free by then, but not
 * given back before the worker trims the heap), the message, and what ONNX Runtime makes of it while it reads it.
 */
const OPENING_COPIES = 3.8;
/** What a session that evicts holds of a layer's keys and values: as computed, by heads, and what the rule makes of them. */
const INSIDE_COPIES = 3;
/** Score blocks of a requery: scores, with their bias, of cache and tail, the softmax, and its two parts. */
const SCORE_BLOCKS = 5;
/** Logits, their softmax, and the copy that leaves the worker. */
const LOGIT_BLOCKS = 3;
/**
 * What was read of the file and is not collected yet: V8 waits for 64 MiB of buffers, and has half of them on average.
 * The fp32 weights of exact sessions are so large that it comes at once (measured: 12 MiB, else 46 to 57).
 */
const READ_BUFFERS = 32 * MIB;
/** Bytes of buffers that V8 lets come together before it collects them. */
const COLLECTED = 64 * MIB;
/** What V8's heap grows by when stages choose entries: lists of them come and go faster than they are collected. */
const CHOICE = 16 * MIB;
/** Numbers a query head has of each entry meanwhile: attention, and the same pooled. */
const CHOICE_NUMBERS = 2;
/** Rows of a question with its template, where a graph does not say. */
const QUESTION_ROWS = 32;

/** What a run holds at the moments that may be its peak, in their order. */
export function predictMoments(
  config: ModelConfig,
  weights: SessionWeights,
  run: RunNumbers,
): MemoryMoment[] {
  const { layers, kvHeads, headDim, heads, vocab } = config;
  const { workers, keptChunks, chunkEntries, storedBytes } = run;
  const { heldEntries = chunkEntries, requery = false } = run;
  const entry = layers * 2 * kvHeads * headDim * 4; // bytes of one KV entry
  const chunk = cacheBytes(config, run, heldEntries);
  const group = Math.min(run.batch, run.chunks); // chunks in a call
  const inFlight = Math.min((workers + 1) * group, run.chunks); // computed, or next
  const kept = keptChunks * cacheBytes(config, run, run.keptEntries);
  const queuedEntries = Math.min(run.queuedEntries ?? heldEntries, heldEntries);
  const evictsFirst = queuedEntries < heldEntries;
  const evicted = run.keptEntries < queuedEntries ? kept : 0;
  const { merged: merging, reread, context, changes } = contextNumbers(run);
  const readings = reread.reduce((sum, entries) => sum + entries, 0);
  const evictedLast = context < (reread.at(-1) ?? merging) ? context : 0;
  const mean = merging / Math.max(1, keptChunks); // of a chunk
  const joined = keptChunks * cacheBytes(config, run, Math.ceil(mean));
  const stored =
    storedBytes > (run.chunks - 1) * heldBytes(config, heldEntries);
  const asked = requery ? Math.min(inFlight, run.chunks) : 0;
  const prefill = run.questionRows ? weights.question : weights.prefill;
  const leaves = runsLeave(config, run, group);
  const again = rereadLeaves(config, run, Math.max(0, ...reread));
  const leaving = workers * group *
    heldBytes(config, chunkEntries, heldEntries);
  const rows = run.questionRows ?? QUESTION_ROWS;
  const asking = (caches: number, entries: number) =>
    caches * rows * (SCORE_BLOCKS * heads * entries + LOGIT_BLOCKS * vocab) * 4;
  const question = asking(group, chunkEntries);

  const term = (name: string, bytes: number, kv = false): MemoryTerm => ({
    name,
    bytes: Math.ceil(bytes),
    kv,
  });
  const resting = [
    term("program", PROGRAM),
    term("tokenizer", vocab * VOCABULARY_ENTRY),
    term("embedding", weights.embedding),
    term("document", run.documentTokens * DOCUMENT_TOKEN),
  ];
  const working = [
    ...resting,
    term("prefill weights", workers * prefill.open),
    term("prefill runs", workers * leaves),
  ];
  const read = term(
    "read buffers",
    run.accuracy === "exact" ? 0 : READ_BUFFERS,
  );
  // Copies in the worker: rows that were looked up, keys and values.
  const outputs = term(
    "prefill inputs and outputs",
    leaving + workers * group * chunkEntries * config.hidden * 4,
  );
  // The arena of chunks reuses the memory of those that went: it stays as large as it was.
  const waits = run.waitingEntries ? 0 : keptChunks;
  const queue = stored ? 0 : Math.min(
    run.chunks,
    (evictsFirst ? 0 : waits) + inFlight + Math.max(asked - 1, 0),
  );
  // And the one that comes next.
  const small = evictsFirst ? Math.min(run.chunks, waits + 1) : 0;
  const queued = [
    term(
      "KV of the queue",
      queue * chunk + small * cacheBytes(config, run, queuedEntries),
      true,
    ),
    term("KV held for the choice", (run.waitingEntries ?? 0) * entry, true),
    term("KV kept between questions", storedBytes, true),
  ];
  const questioned = requery
    ? [
      term("KV that is asked", group * heldBytes(config, chunkEntries), true),
      term("question", question),
    ]
    : [];
  // Votes on the chunks that are kept, or on all of them until they are collected; and on the merged cache.
  const vote = (entries: number) =>
    entries * layers * heads * CHOICE_NUMBERS * 4;
  const voted = evictsFirst
    ? Math.max(
      workers * vote(chunkEntries),
      Math.min(run.chunks * vote(chunkEntries), COLLECTED),
    )
    : keptChunks * vote(chunkEntries);
  const votes = voted + (changes ? vote(merging) : 0);
  const chooses = evicted > 0 || evictsFirst || changes;
  const choice = term("choice of entries", chooses ? CHOICE + votes : 0);
  const merged = [
    choice,
    term("KV after eviction", evicted, true),
    // In the worker that decodes.
    term("KV merged", joined, true),
    // Where entries of it are chosen.
    term("KV merged, on the host", changes ? merging * entry : 0, true),
    // What was chosen for every reading and what came of it; and what is left of the last, where that is less. One takes
    // the other's place, but not its memory: that stays with arenas, which reuse it for caches of the same size.
    term("KV behind the merge", (2 * readings + evictedLast) * entry, true),
    // One worker reads again: its arena grows where chunks are smaller.
    term("prefill run behind the merge", Math.max(0, again - leaves)),
    term(
      "question behind the merge",
      changes ? Math.max(0, asking(1, merging) - (requery ? question : 0)) : 0,
    ),
  ];
  const opening = (bytes: number) => bytes * OPENING_COPIES;
  // Where another session can decode, that of steps is opened in long answers only.
  const { answerTokens = 0 } = run;
  const steps = engineOf("cpu") === "c" && takesSteps(config, run) &&
    (!requery || answerTokens > STEPS_AFTER);
  const decode = term(
    "decode weights",
    requery || changes || !steps ? weights.decode.open : 0,
  );
  const entries = context + QUESTION_ROWS + answerTokens;
  // A third session reads the file once more.
  const readAgain = term(
    "read buffers of steps",
    requery && steps ? read.bytes : 0,
  );
  const grown = term(
    "KV of steps",
    steps
      ? entries * entry * widerBy(config, run) /
        (run.accuracy === "exact" ? 1 : 4)
      : 0,
    true,
  );
  const deciding = [
    ...working,
    read,
    decode,
    ...questioned,
    ...queued,
    ...merged,
  ];
  // A requery opens the session that decodes when the first chunks have come: the next ones are computed by then.
  const early = requery && !stored;
  const begun = early
    ? [
      term(
        "KV of the queue",
        Math.min(run.chunks, 2 * inFlight) * chunk / 2,
        true,
      ),
    ]
    : [...queued, ...(requery ? [] : merged)];
  return [
    {
      name: "prefill opens",
      terms: [
        ...resting,
        term("prefill weights", workers * opening(prefill.graph)),
      ],
    },
    {
      name: "decode opens",
      terms: [
        ...working,
        ...(early ? [outputs] : []),
        ...begun,
        term(
          "decode weights",
          requery || changes || !steps ? opening(weights.decode.graph) : 0,
        ),
      ],
    },
    {
      name: "chunks",
      terms: [
        ...working,
        read,
        term("decode weights", requery ? weights.decode.open : 0),
        outputs,
        ...questioned,
        ...queued,
        ...(evictsFirst ? [choice] : []),
      ],
    },
    {
      name: "steps open",
      terms: [
        ...deciding,
        term("step weights", steps ? opening(weights.steps.graph) : 0),
        readAgain,
      ],
    },
    {
      name: "answer",
      terms: [
        ...deciding,
        term("step weights", steps ? weights.steps.open : 0),
        readAgain,
        grown,
      ],
    },
  ];
}

/** The most bytes that a run will hold resident, term by term: those of the moment that holds most. */
export function predictMemory(
  config: ModelConfig,
  weights: SessionWeights,
  run: RunNumbers,
): readonly MemoryTerm[] {
  return peakTerms(predictMoments(config, weights, run));
}

/** The terms of the moment that holds most. */
export function peakTerms(
  moments: readonly MemoryMoment[],
): readonly MemoryTerm[] {
  return moments.reduce((most, moment) =>
    totalBytes(moment.terms) > totalBytes(most.terms) ? moment : most
  ).terms;
}

/** Sum of the terms. */
export function totalBytes(terms: readonly MemoryTerm[]): number {
  return terms.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of a chunk's cache of so many entries on the host: whole mebibytes, see `Arena`. */
function cacheBytes(
  config: ModelConfig,
  { chunkEntries }: RunNumbers,
  entries: number,
): number {
  const bytes = heldBytes(config, chunkEntries, entries);
  return Math.ceil(bytes / MIB) * MIB;
}

/**
 * What a worker's prefill session has taken for its runs and keeps: ONNX Runtime's arena gives nothing back. Without
 * memory patterns further runs fit into what the first one took, also where chunks differ by a token.
 */
function runsLeave(
  config: ModelConfig,
  run: RunNumbers,
  group: number,
): number {
  const { layers, hidden, ffn, heads, kvHeads, headDim } = config;
  const { chunkEntries, questionRows = 0 } = run;
  const { heldEntries = chunkEntries, heldLayers = layers } = run;
  const inside = heldEntries < chunkEntries;
  // The residual stream and its norm; the MLP's gate, its activation, the product, and up.
  let row = 4 * (2 * hidden + 4 * ffn);
  // Queries of all layers wait until the question's rows are picked among them.
  if (questionRows && !inside) row += 4 * layers * heads * headDim;
  if (inside) row += INSIDE_COPIES * heldLayers * 2 * kvHeads * headDim * 4;
  const leaving = heldBytes(config, chunkEntries, heldEntries);
  const rows = chunkEntries + questionRows;
  const saved = run.accuracy === "int8" ? tilesSave(config, group * rows) : 0;
  return group * (rows * row + leaving) - saved;
}

/** The same of the one call that reads kept tokens again: where chunks are smaller, it is the largest. */
function rereadLeaves(
  config: ModelConfig,
  run: RunNumbers,
  entries: number,
): number {
  return entries > 0 ? runsLeave(config, rereadRun(run, entries), 1) : 0;
}

/** What an `int8` session does not take, for its MLP goes by tiles: attention takes most then. */
function tilesSave(
  { hidden, ffn, heads, headDim }: ModelConfig,
  rows: number,
): number {
  const mlp = 4 * (2 * hidden + 4 * ffn);
  // Queries as they come, in blocks, rotated and rounded; attended to by two parts. Near scores, and their softmax.
  const attention = 4 *
    (2 * hidden + 5 * heads * headDim + 2 * heads * (1 + STEP_ROWS));
  const tiled = Math.min(rows, TILE_ROWS) * mlp + rows * attention;
  return Math.max(0, rows * mlp - tiled);
}
