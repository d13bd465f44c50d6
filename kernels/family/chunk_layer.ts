import type { ModelConfig } from "../../io/model_config.ts";
import { groupedAttention } from "../attention/attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import {
  chunkAttentions,
  type ChunkRows,
} from "../attention/chunk_attentions.ts";
import {
  attentionNorm,
  layerRope,
  pickRows,
  projectQkv,
  type RopeInputs,
  type RopeValues,
} from "./decoder_layer.ts";
import type { LayerWeights } from "../layers/family.ts";
import type { GraphTarget } from "./graph_target.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { type Accuracy, linear } from "../layers/linear.ts";
import { mergeRows } from "../layers/merge_rows.ts";
import { rotary } from "../rope/rope.ts";

/** What comes of the attention of one layer of a chunk. */
export interface ChunkAttended {
  readonly output: Value; // [batch, rows, heads · headDim]
  readonly keys: Value; // [batch, kvHeads, rows, headDim], rotated
  readonly values: Value; // [batch, kvHeads, rows, headDim]
  /** Rotated queries of some rows. */
  queryAt(picked: Value): Value; // [batch, picked] int64 → [batch, picked, heads · headDim]
}

/** Projections and attention of a chunk over itself, for each layer of a graph. */
export function chunkLayers(
  g: GraphBuilder,
  inputs: ChunkRows,
  rope: RopeInputs,
  config: ModelConfig,
  { accuracy, target }: {
    readonly accuracy: Accuracy;
    readonly target: GraphTarget;
  },
): (index: number, layer: LayerWeights, x: Value) => ChunkAttended {
  const form = { ...target, accuracy };
  const attend = chunkAttentions(g, inputs, config, form, rope);
  const width = config.heads * config.headDim;
  return (index, layer, x) => {
    const turn = layerRope(rope, config, index);
    const packed = target.packs ? packedQkv(layer) : undefined;
    if (packed) {
      const normed = attentionNorm(g, x, layer, config); // [batch, rows, hidden]
      const qkv = linear(g, normed, packed, accuracy); // [batch, rows, (heads + 2 · kvHeads) · headDim]
      return packedAttention(g, { ...inputs, qkv, turn }, config, index);
    }
    const qkv = projectQkv(g, x, layer, turn, config, accuracy);
    return {
      ...attend(index, qkv),
      queryAt: (picked) => pickRows(g, qkv.query, picked, width), // [batch, picked, heads · headDim]
    };
  };
}

/** The three projections as one layer; `undefined` where they cannot be, or a norm comes before RoPE. */
export function packedQkv(
  { query, key, value, queryNorm, keyNorm }: LayerWeights,
) {
  return queryNorm || keyNorm ? undefined : mergeRows([query, key, value]);
}

/** Attention that takes the projections as they come out of one product, and turns them itself. */
function packedAttention(
  g: GraphBuilder,
  { qkv, turn, lastRow, rows }: ChunkRows & {
    readonly qkv: Value; // [batch, rows, (heads + 2 · kvHeads) · headDim]
    readonly turn: RopeValues | undefined;
  },
  config: ModelConfig,
  index: number,
): ChunkAttended {
  const { heads, kvHeads, headDim } = config;
  const { sliding } = layerKind(config, index);
  const attended = groupedAttention(
    g,
    [qkv, undefined, undefined, undefined, undefined, lastRow, rows],
    config,
    { turn, sliding },
  );
  return {
    ...attended,
    queryAt(picked) {
      const width = (heads + 2 * kvHeads) * headDim;
      const few = pickRows(g, qkv, picked, width); // [batch, picked, (heads + 2 · kvHeads) · headDim]
      const query = g.op("Slice", [
        few,
        g.ints(0),
        g.ints(heads * headDim),
        g.ints(2),
      ]); // [batch, picked, heads · headDim]
      if (!turn) return query;
      return rotary(g, query, { ...turn, rows: picked }, config, heads); // [batch, picked, heads · headDim]
    },
  };
}
