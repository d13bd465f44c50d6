import type { ModelConfig } from "../../io/model_config.ts";
import { float, type GraphBuilder, type Value } from "../onnx/builder.ts";
import { attentionScale } from "../layers/layer_kind.ts";
import { softCapped } from "../layers/soft_cap.ts";
import { MASKED } from "./tail_bias.ts";

/** ONNX's number for fp32. */
const FLOAT = 1;

/** Attention of a chunk over itself, causal, every batch item from its own position 0; with a sliding window the newest entries only. */
export function chunkAttention(
  g: GraphBuilder,
  inputs: {
    readonly query: Value; // [batch, rows, heads · headDim], rotated
    readonly key: Value; // [batch, rows, kvHeads · headDim], rotated
    readonly value: Value; // [batch, rows, kvHeads · headDim]
    readonly lastRow: Value; // [batch] int32: index of each item's last real row
    readonly rows: Value; // [] int32
  },
  config: ModelConfig,
  sliding?: number,
): { readonly output: Value; readonly keys: Value; readonly values: Value } {
  const { query, key, value, lastRow, rows } = inputs;
  return groupedAttention(
    g,
    [query, key, value, undefined, undefined, lastRow, rows],
    config,
    { sliding },
  );
}

/** Of an 8-bit cache: what its numbers are multiplied by, one for each channel of a head. */
export interface CacheScales {
  readonly keys: Value; // [kvHeads, 1, headDim]
  readonly values: Value; // [kvHeads, 1, headDim]
}

const EIGHT_BITS = {
  kv_cache_bit_width: 8,
  k_quant_type: "PER_CHANNEL",
  v_quant_type: "PER_CHANNEL",
};

/**
 * GroupQueryAttention over its inputs in order: query (or all three projections side by side), key, value, past keys
 * and values, index of the newest entry, entries there is room for. With `turn` it turns queries and keys itself; with `scales` past and present are 8-bit
 * numbers, to which new rows are rounded.
 */
export function groupedAttention(
  g: GraphBuilder,
  inputs: readonly (Value | undefined)[],
  config: ModelConfig,
  { turn, sliding, scales }: {
    readonly turn?: { readonly cos: Value; readonly sin: Value } | undefined;
    readonly sliding?: number | undefined;
    readonly scales?: CacheScales | undefined;
  },
): { readonly output: Value; readonly keys: Value; readonly values: Value } {
  const turned = turn ? [...inputs, turn.cos, turn.sin] : inputs;
  const before = Array.from({ length: 12 }, (_, i) => turned[i]);
  const [output, keys, values] = g.ops(
    "GroupQueryAttention",
    3,
    scales ? [...before, scales.keys, scales.values] : turned,
    {
      ...(scales && EIGHT_BITS),
      num_heads: config.heads,
      kv_num_heads: config.kvHeads,
      do_rotary: turn ? 1 : 0,
      scale: float(attentionScale(config)),
      ...(config.scoreCap !== undefined && { softcap: float(config.scoreCap) }),
      ...(sliding !== undefined && { local_window_size: sliding }),
    },
  );
  return { output: output!, keys: keys!, values: values! }; // [batch, rows, heads · headDim], 2 × [batch, kvHeads, rows, headDim]
}

/**
 * Causal attention of a few picked rows over a chunk's keys, which they are part of. What lies behind the last picked
 * row is padding, and may be no numbers.
 */
export function pickedAttention(
  g: GraphBuilder,
  inputs: {
    readonly query: Value; // [batch, picked, heads · headDim], rotated
    readonly keys: Value; // [batch, kvHeads, rows, headDim], rotated
    readonly values: Value; // [batch, kvHeads, rows, headDim]
    readonly picked: Value; // [batch, picked] int64: the row of every query
  },
  config: ModelConfig,
  sliding?: number,
): Value {
  const { kvHeads, heads, headDim } = config;
  const query = g.op("Reshape", [
    splitHeads(g, inputs.query, headDim), // [batch, heads, picked, headDim]
    g.ints(0, kvHeads, -1, headDim),
  ]); // [batch, kvHeads, group · picked, headDim]
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  const row = rowsOf(g, inputs.keys); // [rows]
  const hidden = hiddenRows(g, inputs.picked, row, sliding); // [batch, 1, picked, rows]
  const scores = g.op("Reshape", [
    scaledScores(g, query, inputs.keys, config), // [batch, kvHeads, group · picked, rows]
    g.ints(0, heads, -1, 0),
  ]); // [batch, heads, picked, rows]
  const visible = g.op("Where", [hidden, scalar(MASKED), scores]); // [batch, heads, picked, rows]
  const probabilities = g.op("Reshape", [
    g.op("Softmax", [visible], { axis: -1 }), // [batch, heads, picked, rows]
    g.ints(0, kvHeads, -1, 0),
  ]); // [batch, kvHeads, group · picked, rows]
  const attended = g.op("MatMul", [
    probabilities,
    withoutPadding(g, inputs.values, inputs.picked, row), // [batch, kvHeads, rows, headDim]
  ]); // [batch, kvHeads, group · picked, headDim]
  return mergeHeads(g, attended, config); // [batch, picked, heads · headDim]
}

/** Which of a chunk's rows each picked one does not see: those behind it, and with a sliding window the old ones. */
export function hiddenRows(
  g: GraphBuilder,
  picked: Value, // [batch, picked] int64
  rows: Value, // [rows] int64
  sliding?: number,
): Value {
  const row = g.op("Unsqueeze", [picked, g.ints(1, 3)]); // [batch, 1, picked, 1]
  const behind = g.op("Greater", [rows, row]); // [batch, 1, picked, rows]
  if (sliding === undefined) return behind;
  const width = g.constant(BigInt64Array.of(BigInt(sliding)), []); // []
  const old = g.op("LessOrEqual", [rows, g.op("Sub", [row, width])]); // [batch, 1, picked, rows]
  return g.op("Or", [behind, old]); // [batch, 1, picked, rows]
}

/** Indices of a chunk's rows, padding included. */
function rowsOf(
  g: GraphBuilder,
  keys: Value, // [batch, kvHeads, rows, headDim]
): Value {
  const int = (value: bigint) => g.constant(BigInt64Array.of(value), []); // []
  const rows = g.op("Squeeze", [g.op("Shape", [keys], { start: 2, end: 3 })]); // []
  return g.op("Range", [int(0n), rows, int(1n)]); // [rows]
}

/** Values with zeros behind the last picked row: padding may be no numbers, and zero times those is not zero. */
function withoutPadding(
  g: GraphBuilder,
  values: Value, // [batch, kvHeads, rows, headDim]
  picked: Value, // [batch, picked] int64
  row: Value, // [rows]
): Value {
  const last = g.op("ReduceMax", [picked, g.ints(1)]); // [batch, 1]
  const padding = g.op("Greater", [row, last]); // [batch, rows]
  return g.op("Where", [
    g.op("Unsqueeze", [padding, g.ints(1, 3)]), // [batch, 1, rows, 1]
    g.constant(Float32Array.of(0), []), // []
    values,
  ]); // [batch, kvHeads, rows, headDim]
}

/** Inputs of {@linkcode cachedAttention}. */
export interface CachedAttentionInputs {
  readonly query: Value; // [batch, kvHeads, group · rows, headDim]
  readonly staticKeys: Value; // [batch, kvHeads, entries, headDim]
  readonly staticValues: Value; // [batch, kvHeads, entries, headDim]
  /** 0 or a correction for real entries, very negative for padding. */
  readonly staticBias: Value; // [batch, kvHeads, 1, entries]
  /** Where the cache's keys and values are 8-bit numbers. */
  readonly int8?: {
    readonly keyScales: Value; // [batch, kvHeads, 1, headDim]
    readonly valueScales: Value; // [batch, kvHeads, 1, entries]
  } | undefined;
  readonly tempering?: TemperingValues | undefined;
  /** In place of what query and keys give, where positions are mapped. */
  readonly scores?: {
    readonly onCache: Value; // [batch, kvHeads, group · rows, entries]
    readonly onTail: Value; // [batch, kvHeads, group · rows, tail]
  } | undefined;
  readonly tailKeys: Value; // [batch, kvHeads, tail, headDim]
  readonly tailValues: Value; // [batch, kvHeads, tail, headDim]
  /** The causal mask among the tail. */
  readonly tailBias: Value; // [1, 1, group · rows, tail]
}

/** What tempers the scores of a cache's entries (APE, arXiv 2502.05431). */
export interface TemperingValues {
  readonly temperature: Value; // [batch, 1, 1, 1]
  readonly scale: Value; // [batch, 1, 1, 1]
  /** 1 for entries that are tempered, 0 for the others. */
  readonly entries: Value; // [batch, kvHeads, 1, entries]
}

/**
 * Attention over an unchanging cache and a small growing tail: two score blocks, one softmax, two products.
 * The cache is never copied, which GroupQueryAttention's past → present would do at every token.
 */
export function cachedAttention(
  g: GraphBuilder,
  inputs: CachedAttentionInputs,
  config: ModelConfig,
): Value {
  const probabilities = jointSoftmax(g, inputs, config); // [batch, kvHeads, group · rows, entries + tail]
  const entries = g.op("Shape", [inputs.staticKeys], { start: 2, end: 3 }); // [1]
  const axis = g.ints(3);
  const onCache = g.op("Slice", [probabilities, g.ints(0), entries, axis]); // [batch, kvHeads, group · rows, entries]
  const onTail = g.op("Slice", [probabilities, entries, END(g), axis]); // [batch, kvHeads, group · rows, tail]
  const { int8, staticValues } = inputs;
  // One scale an entry: it fits the entry's probability as well as its values, of which there are more.
  const weights = int8 ? g.op("Mul", [onCache, int8.valueScales]) : onCache; // [batch, kvHeads, group · rows, entries]
  const values = int8 ? floats(g, staticValues) : staticValues; // [batch, kvHeads, entries, headDim]
  return g.op("Add", [
    g.op("MatMul", [weights, values]), // [batch, kvHeads, group · rows, headDim]
    g.op("MatMul", [onTail, inputs.tailValues]), // [batch, kvHeads, group · rows, headDim]
  ]); // [batch, kvHeads, group · rows, headDim]
}

/** Softmax of the scores over cache and tail together. */
export function jointSoftmax(
  g: GraphBuilder,
  inputs: Pick<
    CachedAttentionInputs,
    | "query"
    | "staticKeys"
    | "staticBias"
    | "tailKeys"
    | "tailBias"
    | "int8"
    | "tempering"
    | "scores"
  >,
  config: ModelConfig,
): Value {
  const { query, staticKeys, int8, tempering, scores } = inputs;
  const onKeys = scores?.onCache ?? cacheScores(); // [batch, kvHeads, group · rows, entries]
  const cache = tempering
    ? tempered(g, onKeys, inputs.staticBias, tempering)
    : g.op("Add", [onKeys, inputs.staticBias]); // [batch, kvHeads, group · rows, entries]
  const onTail = scores?.onTail ??
    scaledScores(g, query, inputs.tailKeys, config); // [batch, kvHeads, group · rows, tail]
  const tail = g.op("Add", [onTail, inputs.tailBias]); // [batch, kvHeads, group · rows, tail]
  const all = g.op("Concat", [cache, tail], { axis: -1 }); // [batch, kvHeads, group · rows, entries + tail]
  return g.op("Softmax", [all], { axis: -1 }); // [batch, kvHeads, group · rows, entries + tail]

  function cacheScores(): Value {
    if (!int8) return scaledScores(g, query, staticKeys, config); // [batch, kvHeads, group · rows, entries]
    // One scale a channel: it fits the few queries as well as the many keys.
    const scaled = g.op("Mul", [query, int8.keyScales]); // [batch, kvHeads, group · rows, headDim]
    return scaledScores(g, scaled, floats(g, staticKeys), config); // [batch, kvHeads, group · rows, entries]
  }
}

/** Scores over the temperature, plus their bias, moved so that their log-sum-exp is scale · temperature times as large. */
function tempered(
  g: GraphBuilder,
  scores: Value, // [batch, kvHeads, group · rows, entries]
  bias: Value, // [batch, kvHeads, 1, entries]
  { temperature, scale, entries }: TemperingValues,
): Value {
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const one = float32(1); // []
  const warmer = g.op("Sub", [g.op("Reciprocal", [temperature]), one]); // [batch, 1, 1, 1]
  const factor = g.op("Add", [one, g.op("Mul", [entries, warmer])]); // [batch, kvHeads, 1, entries]
  const biased = g.op("Add", [g.op("Mul", [scores, factor]), bias]); // [batch, kvHeads, group · rows, entries]
  const others = g.op("Mul", [
    g.op("Sub", [one, entries]), // [batch, kvHeads, 1, entries]
    float32(MASKED),
  ]); // [batch, kvHeads, 1, entries]
  const total = g.op("ReduceLogSumExp", [
    g.op("Add", [biased, others]), // [batch, kvHeads, group · rows, entries]
    g.ints(-1),
  ], { keepdims: 1 }); // [batch, kvHeads, group · rows, 1]
  const change = g.op("Sub", [g.op("Mul", [scale, temperature]), one]); // [batch, 1, 1, 1]
  const shift = g.op("Mul", [total, change]); // [batch, kvHeads, group · rows, 1]
  return g.op("Add", [biased, g.op("Mul", [entries, shift])]); // [batch, kvHeads, group · rows, entries]
}

/** Keys in 8 bits as the floats that they stand for. */
export function int8Keys(
  g: GraphBuilder,
  keys: Value, // [batch, kvHeads, entries, headDim] int8
  keyScales: Value, // [batch, kvHeads, 1, headDim]
): Value {
  return g.op("Mul", [floats(g, keys), keyScales]); // [batch, kvHeads, entries, headDim]
}

/** 8-bit numbers as floats, their scale left out. */
function floats(g: GraphBuilder, int8: Value): Value {
  return g.op("Cast", [int8], { to: FLOAT });
}

/** Query times keys, scaled and, where the model has a cap, capped; for any leading axes. */
export function scaledScores(
  g: GraphBuilder,
  query: Value, // [batch, kvHeads, queries, headDim]
  keys: Value, // [batch, kvHeads, keys, headDim]
  config: ModelConfig,
): Value {
  const { scoreCap } = config;
  const scores = g.op("FusedMatMul", [query, keys], {
    transB: 1,
    alpha: float(attentionScale(config) / (scoreCap ?? 1)),
  }); // [batch, kvHeads, queries, keys]
  return scoreCap === undefined ? scores : softCapped(g, scores, scoreCap); // [batch, kvHeads, queries, keys]
}

/** Rows to heads: `[batch, rows, heads · headDim]` → `[batch, heads, rows, headDim]`. */
export function splitHeads(g: GraphBuilder, x: Value, headDim: number): Value {
  const split = g.op("Reshape", [x, g.ints(0, 0, -1, headDim)]); // [batch, rows, heads, headDim]
  return g.op("Transpose", [split], { perm: [0, 2, 1, 3] }); // [batch, heads, rows, headDim]
}

/** Heads back to rows: `[batch, kvHeads, group · rows, headDim]` → `[batch, rows, heads · headDim]`. */
export function mergeHeads(
  g: GraphBuilder,
  x: Value,
  config: ModelConfig,
): Value {
  const heads = g.op("Reshape", [
    x,
    g.ints(0, config.heads, -1, config.headDim),
  ]); // [batch, heads, rows, headDim]
  const rows = g.op("Transpose", [heads], { perm: [0, 2, 1, 3] }); // [batch, rows, heads, headDim]
  return g.op("Reshape", [rows, g.ints(0, 0, config.heads * config.headDim)]); // [batch, rows, heads · headDim]
}

/** "To the end" for Slice. */
function END(g: GraphBuilder): Value {
  return g.ints(2 ** 31 - 1);
}
