import type { ModelConfig } from "../../io/model_config.ts";
import { GraphBuilder } from "../onnx/builder.ts";

/**
 * Session graph that puts entries of several caches together: the keys, or the values, of one layer.
 *
 * Inputs: `source.i` [items_i, kvHeads, rows_i, headDim] of every source; `index` [kvHeads, entries] int32, into the
 * rows of all heads of all items of all sources, one behind the other. Output: `joined` [1, kvHeads, entries, headDim].
 */
export function joinGraph(
  { kvHeads, headDim }: ModelConfig,
  sources: number,
): GraphBuilder {
  const g = new GraphBuilder();
  const index = g.input("index", "int32", [kvHeads, "entries"]); // [kvHeads, entries]
  const rows = Array.from({ length: sources }, (_, i) => {
    const shape = [`items_${i}`, kvHeads, `rows_${i}`, headDim];
    const source = g.input(`source.${i}`, "float32", shape); // [items_i, kvHeads, rows_i, headDim]
    return g.op("Reshape", [source, g.ints(-1, headDim)]); // [items_i · kvHeads · rows_i, headDim]
  });
  const all = rows.length === 1 ? rows[0]! : g.op("Concat", rows, { axis: 0 }); // [all, headDim]
  const joined = g.op("Gather", [all, index], { axis: 0 }); // [kvHeads, entries, headDim]
  const cache = g.op("Unsqueeze", [joined, g.ints(0)]); // [1, kvHeads, entries, headDim]
  g.output("joined", cache, "float32", [1, kvHeads, "entries", headDim]);
  return g;
}
