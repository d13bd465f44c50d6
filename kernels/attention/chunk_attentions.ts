import type { ModelConfig } from "../../io/model_config.ts";
import { chunkAttention, splitHeads } from "./attention.ts";
import { attentionSteps } from "./attention_steps.ts";
import { blockAttention, rowBlocks } from "./block_attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { farAttention } from "./far_attention.ts";
import type { GraphTarget } from "../family/graph_target.ts";
import { int8FarAttention } from "./int8_far_attention.ts";
import { hasSliding, layerKind } from "../layers/layer_kind.ts";
import type { Accuracy } from "../layers/linear.ts";
import { mappedAttention, type TurnTable } from "./mapped_attention.ts";
import { stepAttention, type StepAttentionInputs } from "./step_attention.ts";

/** Projections of one layer, rotated but for mapped positions. */
export interface Qkv {
  readonly query: Value; // [batch, rows, heads · headDim]
  readonly key: Value; // [batch, rows, kvHeads · headDim]
  readonly value: Value; // [batch, rows, kvHeads · headDim]
}

/** The rows of a batch of chunks. */
export interface ChunkRows {
  readonly x: Value; // [batch, rows, hidden]
  readonly lastRow: Value; // [batch] int32: index of each item's last real row
  readonly rows: Value; // [] int32
}

/** Rows from which on steps are faster than blocks, measured: by what far keys are computed in. */
const STEPS_FROM = { int8: 768, float32: 4096 };

/**
 * Attention of a chunk over itself for each layer of a graph. With `blocks`, which is faster on CPUs, plain layers go
 * block of rows by block of rows, long chunks step by step, in 8 bits where the products of a plain model are; layers
 * with a window or capped scores go through GroupQueryAttention. With mapped positions projections come before RoPE,
 * and attention turns them.
 */
export function chunkAttentions(
  g: GraphBuilder,
  inputs: ChunkRows,
  config: ModelConfig,
  { blocks, accuracy }: Pick<GraphTarget, "blocks"> & {
    readonly accuracy: Accuracy;
  },
  table?: TurnTable,
): (
  layer: number,
  qkv: Qkv,
) => { readonly output: Value; readonly keys: Value; readonly values: Value } {
  const { x, lastRow, rows } = inputs;
  if (config.positionMap) {
    if (!table) throw new TypeError("Mapped positions need RoPE's table");
    return (_, qkv) => mappedAttention(g, qkv, table, config);
  }
  const long = blocks ? longAttention(g, x, config, accuracy) : undefined;
  return (layer, qkv) => {
    const { sliding } = layerKind(config, layer);
    if (long && sliding === undefined && config.scoreCap === undefined) {
      const keys = splitHeads(g, qkv.key, config.headDim); // [batch, kvHeads, rows, headDim]
      const values = splitHeads(g, qkv.value, config.headDim); // [batch, kvHeads, rows, headDim]
      return { output: long({ ...qkv, keys, values }), keys, values };
    }
    return chunkAttention(g, { ...qkv, lastRow, rows }, config, sliding);
  };
}

/** Attention by blocks or by steps, chosen at every run by the number of rows. */
function longAttention(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  config: ModelConfig,
  accuracy: Accuracy,
): (inputs: StepAttentionInputs) => Value {
  const cut = rowBlocks(g, x, config);
  const steps = attentionSteps(g, x, config);
  // Layers with a window leave padding that is no numbers, which would be in the scale of all.
  const int8 = accuracy === "int8" && !hasSliding(config);
  const far = int8 ? int8FarAttention : farAttention;
  const from = g.ints(int8 ? STEPS_FROM.int8 : STEPS_FROM.float32);
  const short = g.op("Less", [cut.rows, from]); // [1]
  const { heads, headDim } = config;
  const branch = (write: (g: GraphBuilder) => Value) => {
    const body = g.body();
    const dims = ["batch", "rows", heads * headDim];
    body.output("long_attended", write(body), "float32", dims);
    return body;
  };
  return (inputs) =>
    g.op("If", [short], {
      then_branch: branch((g) => blockAttention(g, inputs, cut, config)),
      else_branch: branch((g) => stepAttention(g, inputs, steps, config, far)),
    }); // [batch, rows, heads · headDim]
}
