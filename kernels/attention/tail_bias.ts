import type { KvLayer } from "../cache/kv_cache.ts";

/** What masks an attention score: far below any score, and still finite, so that a row of nothing else gives no NaN. */
export const MASKED = -1e30;

/**
 * The causal mask of new rows over the tail that ends with them, repeated for every query head of a KV group:
 * row r may see the `before` older keys and keys 0…r of its own.
 */
export function tailBias(
  group: number,
  rows: number,
  before: number,
): Float32Array {
  const keys = before + rows;
  const bias = new Float32Array(group * rows * keys); // [group · rows, before + rows]
  for (let row = 0; row < group * rows; row++) {
    const visible = before + row % rows + 1;
    bias.fill(MASKED, row * keys + visible, (row + 1) * keys);
  }
  return bias;
}

/** The layer's own bias, 0 where it has none, for the real entries of every KV head; {@linkcode MASKED} for padding. */
export function entryBias(
  kvHeads: number,
  { entries, counts, bias: own }: Pick<KvLayer, "entries" | "counts" | "bias">,
): Float32Array {
  const bias = new Float32Array(kvHeads * entries); // [kvHeads, 1, entries]
  if (own) bias.set(own);
  for (let h = 0; counts && h < kvHeads; h++) {
    bias.fill(MASKED, h * entries + counts[h]!, (h + 1) * entries);
  }
  return bias;
}
