import type { Value } from "../builder.ts";
import type { ExportedBuilder } from "./exported_builder.ts";

/** ONNX's number for int64. */
const INT64 = 7;

/** Declares `ids` and `positions` [batch, rows] int64 and lets the exported graph read them. */
export function exportedInputs(
  g: ExportedBuilder,
): { readonly ids: Value; readonly positions: Value } {
  const { idType, positionType } = g.decoder.layout;
  const ids = g.input("ids", "int64", ["batch", "rows"]); // [batch, rows]
  const positions = g.input("positions", "int64", ["batch", "rows"]); // [batch, rows]
  const as = (x: Value, type: number) =>
    type === INT64 ? x : g.op("Cast", [x], { to: type }); // [batch, rows]
  g.replace("input_ids", as(ids, idType));
  if (positionType) g.replace("position_ids", as(positions, positionType));
  return { ids, positions };
}
