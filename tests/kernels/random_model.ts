import type { WeightData } from "../../io/weights.ts";
import { dequantizeRow } from "../../kernels/layers/embedding.ts";
import { noise, seeded } from "../../kernels/model/random_model.ts";

export {
  noise,
  randomModel,
  randomWeights,
  seeded,
  smallConfig,
} from "../../kernels/model/random_model.ts";

/** Blocks of random 4- or 8-bit values. */
export function randomBlocks(
  out: number,
  inner: number,
  bits: 4 | 8,
  blockSize: 16 | 32,
  options: { readonly seed: number; readonly mins: boolean },
): Extract<WeightData, { kind: "blocks" }> {
  const next = seeded(options.seed);
  const blocks = out * inner / blockSize;
  const scale = bits === 4 ? 0.02 : 0.002;
  return {
    kind: "blocks",
    bits,
    blockSize,
    quants: Uint8Array.from(
      { length: out * inner * bits / 8 },
      () => next() * 256,
    ),
    scales: Float32Array.from({ length: blocks }, () => (next() + 0.2) * scale),
    ...(options.mins && { mins: noise(blocks, options.seed + 1, 0.05) }),
  };
}

/** A matrix in fp32, whatever its form. */
export function dense(data: WeightData, out: number, inner: number) {
  if (data.kind === "dense") return data.data;
  const all = new Float32Array(out * inner);
  for (let r = 0; r < out; r++) {
    dequantizeRow(data, r, all.subarray(r * inner, (r + 1) * inner));
  }
  return all;
}

/** Random token ids. */
export function randomIds(count: number, seed: number): Int32Array {
  const next = seeded(seed);
  return Int32Array.from({ length: count }, () => 2 + next() * 126);
}

/** Largest absolute difference; NaN on either side counts as infinite. */
export function maxDiff(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(d)) return Infinity;
    if (d > max) max = d;
  }
  return max;
}
