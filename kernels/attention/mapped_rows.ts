import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { RopeValues } from "../family/decoder_layer.ts";
import { mappedRowScores } from "./mapped_attention.ts";

/** ONNX's number for int32. */
const INT32 = 6;

/** Vectors of one layer, before RoPE. */
interface UnturnedRows {
  readonly queries: Value; // [batch, heads, rows, headDim]
  readonly keys: Value; // [batch, kvHeads, entries, headDim], of the cache
  readonly tailKeys: Value; // [batch, kvHeads, tail + rows, headDim]
}

/**
 * Scores of new rows where positions are mapped, by layer; nothing where they are not.
 *
 * Inputs by layer: `entry_positions.l` [batch, kvHeads, 1, entries] and `tail_positions.l` [batch, kvHeads, tail] int32.
 * Outputs: `next_positions.l` [batch, kvHeads, tail + rows].
 *
 * @param rope Its table begins at position 0, so that `rows` are positions.
 */
export function mappedRows(
  g: GraphBuilder,
  config: ModelConfig,
  rope: RopeValues | undefined,
):
  | ((l: number, vectors: UnturnedRows) => { onCache: Value; onTail: Value }) // 2 × [batch, kvHeads, group · rows, …]
  | undefined {
  const { positionMap, kvHeads } = config;
  if (!positionMap) return undefined;
  if (!rope) throw new TypeError("Mapped positions need RoPE's table");
  const places = g.op("Cast", [rope.rows], { to: INT32 }); // [batch, rows]
  const rows = g.op("Unsqueeze", [places, g.ints(1)]); // [batch, 1, rows]
  const own = g.op("Expand", [rows, g.ints(1, kvHeads, 1)]); // [batch, kvHeads, rows]
  return (l, { queries, keys, tailKeys }) => {
    const of = (name: string, shape: readonly (string | number)[]) =>
      g.input(`${name}.${l}`, "int32", ["batch", kvHeads, ...shape]);
    const entries = g.op("Squeeze", [
      of("entry_positions", [1, `entries_${l}`]), // [batch, kvHeads, 1, entries]
      g.ints(2),
    ]); // [batch, kvHeads, entries]
    const before = of("tail_positions", ["tail"]); // [batch, kvHeads, tail]
    const tail = g.op("Concat", [before, own], { axis: 2 }); // [batch, kvHeads, tail + rows]
    g.output(`next_positions.${l}`, tail, "int32", ["batch", kvHeads, "next"]);
    const scores = (keys: Value, entries: Value) =>
      mappedRowScores(
        g,
        { queries, keys, rows, entries },
        rope,
        positionMap,
        config,
      ); // [batch, kvHeads, group · rows, entries]
    return { onCache: scores(keys, entries), onTail: scores(tailKeys, tail) };
  };
}
