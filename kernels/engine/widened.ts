import type { TensorData, WireTensor } from "./protocol.ts";

/** The first rows of every head at the beginning of more of them: [1, heads, rows, width] → [1, heads, capacity, width]. */
export function widened(
  { type, data, dims }: WireTensor,
  taken: number,
  capacity: number,
): WireTensor {
  const [batch = 1, heads = 1, rows = 1, width = 1] = dims;
  const Kind = data.constructor as new (size: number) => TensorData;
  const wide = new Kind(batch * heads * capacity * width); // [1, heads, capacity, width]
  for (let head = 0; head < batch * heads; head++) {
    const from = head * rows * width;
    const part = data.subarray(from, from + taken * width); // [taken, width]
    wide.set(part as never, head * capacity * width);
  }
  return { type, data: wide, dims: [batch, heads, capacity, width] };
}
