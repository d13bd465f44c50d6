import type { KvCache } from "../../mod.ts";

/** Keys and values of a layer as floats, whatever form they are held in. */
export function plainNumbers(
  { kvHeads, headDim, layers }: KvCache,
  l: number,
): { readonly keys: Float32Array; readonly values: Float32Array } {
  const { entries, keys, values, int8 } = layers[l]!;
  if (!int8) return { keys, values };
  const size = kvHeads * entries * headDim;
  const plain = {
    keys: new Float32Array(size), // [kvHeads, entries, headDim]
    values: new Float32Array(size), // [kvHeads, entries, headDim]
  };
  for (let at = 0; at < size; at++) {
    const row = Math.floor(at / headDim);
    const channel = Math.floor(row / entries) * headDim + at % headDim;
    plain.keys[at] = int8.keys[at]! * int8.keyScales[channel]!;
    plain.values[at] = int8.values[at]! * int8.valueScales[row]!;
  }
  return plain;
}
