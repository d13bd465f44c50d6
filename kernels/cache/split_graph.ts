import type { ModelConfig } from "../../io/model_config.ts";
import { GraphBuilder } from "../onnx/builder.ts";

/**
 * Session graph that gives every item of a batch its own keys and values, all layers in one run.
 *
 * Inputs by layer: `keys.l`, `values.l` [items, kvHeads, rows_l, headDim]. Outputs by layer and item: `keys.l.i`,
 * `values.l.i` [1, kvHeads, rows_l, headDim].
 */
export function splitGraph(
  { layers, kvHeads, headDim }: ModelConfig,
  items: number,
): GraphBuilder {
  const g = new GraphBuilder();
  for (let l = 0; l < layers; l++) {
    for (const part of ["keys", "values"]) {
      const name = `${part}.${l}`;
      const shape = [kvHeads, `rows_${l}`, headDim];
      const batch = g.input(name, "float32", [items, ...shape]); // [items, kvHeads, rows, headDim]
      const all = g.ops("Split", items, [batch], {
        axis: 0,
        num_outputs: items,
      }); // items × [1, kvHeads, rows, headDim]
      for (const [i, item] of all.entries()) {
        g.output(`${name}.${i}`, item, "float32", [1, ...shape]); // [1, kvHeads, rows, headDim]
      }
    }
  }
  return g;
}
