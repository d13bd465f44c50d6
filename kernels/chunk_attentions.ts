import type { ModelConfig } from "../io/model_config.ts";
import { chunkAttention } from "./attention.ts";
import { blockAttention, rowBlocks } from "./block_attention.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import type { GraphTarget } from "./graph_target.ts";
import { layerKind } from "./layer_kind.ts";
import { mappedAttention, type TurnTable } from "./mapped_attention.ts";

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

/**
 * Attention of a chunk over itself for each layer of a graph. With `blocks`, which is faster on CPUs, plain layers go
 * block of rows by block of rows; those with a window or capped scores go through GroupQueryAttention. With mapped
 * positions projections come before RoPE, and attention turns them.
 */
export function chunkAttentions(
  g: GraphBuilder,
  inputs: ChunkRows,
  config: ModelConfig,
  { blocks }: Pick<GraphTarget, "blocks">,
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
  const cut = blocks ? rowBlocks(g, x, config) : undefined;
  return (layer, qkv) => {
    const { sliding } = layerKind(config, layer);
    if (cut && sliding === undefined && config.scoreCap === undefined) {
      return blockAttention(g, qkv, cut, config);
    }
    return chunkAttention(g, { ...qkv, lastRow, rows }, config, sliding);
  };
}
