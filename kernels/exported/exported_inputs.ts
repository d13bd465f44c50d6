import type { Value } from "../onnx/builder.ts";
import type { Examined } from "./examine.ts";
import type { ExportedBuilder } from "./exported_builder.ts";
import { attribute } from "./graph_index.ts";
import { keepAllLogits } from "./logits_kept.ts";

/** ONNX's number for int64. */
const INT64 = 7;

/**
 * Declares `ids` and `positions` [batch, rows] int64 and lets the exported graph read them. Where it takes positions
 * from the length of its cache, it gets to see a cache of the right length: one that ends before the first position,
 * which must then be the same for all items.
 */
export function exportedInputs(
  g: ExportedBuilder,
  { live }: Pick<Examined, "live"> = { live: new Map() },
): { readonly ids: Value; readonly positions: Value } {
  const { idType, positionType } = g.decoder.layout;
  const ids = g.input("ids", "int64", ["batch", "rows"]); // [batch, rows]
  const positions = g.input("positions", "int64", ["batch", "rows"]); // [batch, rows]
  const as = (x: Value, type: number) =>
    type === INT64 ? x : g.op("Cast", [x], { to: type }); // [batch, rows]
  g.replace("input_ids", as(ids, idType));
  if (positionType) g.replace("position_ids", as(positions, positionType));
  keepAllLogits(g);
  const size = (axis: number) =>
    g.op("Shape", [ids], { start: axis, end: axis + 1 }); // [1]
  const length = () =>
    g.op("Reshape", [
      g.op("Slice", [positions, g.ints(0, 0), g.ints(1, 1)]), // [1, 1]
      g.ints(1),
    ]); // [1]
  for (const [name, readers] of live) {
    if (name === "attention_mask") {
      const all = g.op("Add", [length(), size(1)]); // [1]
      const shape = g.op("Concat", [size(0), all], { axis: 0 }); // [2]
      const mask = g.op("Expand", [g.ints(1), shape]); // [batch, length + rows]
      const type = g.decoder.file.inputs.find((i) => i.name === name)!.type;
      g.replace(name, as(mask, type));
    }
    if (!name.startsWith("past_key_values.")) continue;
    const { kvHeads, headDim = 0 } = g.decoder.layout;
    const shape = g.op("Concat", [
      size(0),
      g.ints(kvHeads),
      length(),
      g.ints(headDim),
    ], { axis: 0 }); // [4]
    for (const reader of readers) {
      const number = (name: string) => Number(attribute(reader, name)?.i ?? 0);
      const end = attribute(reader, "end") ? number("end") : 4;
      const part = g.op("Slice", [
        shape,
        g.ints(number("start")),
        g.ints(end),
      ]); // [end − start]
      g.replace(reader.output[0]!, part);
    }
  }
  return { ids, positions };
}
