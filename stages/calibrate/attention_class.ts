/** How a head's attention lies over its entries (paper §4, Fig. 3). */
export type AttentionClass = "u" | "mountain" | "uniform";

/** Where a class begins. */
export interface ClassLimits {
  /** Entropy as a share of log(entries) from which attention is uniform. */
  readonly entropy: number;
  /** An entry with more than this, and more than ten times its even share, is an outlier: no uniform head has one. */
  readonly outlier: number;
}

/**
 * The class of one head by thirds. Uniform: the entropy is at least `entropy` · log(entries) and no entry is an outlier.
 * Otherwise mountain where the middle third holds more than either outer one, else U: the first, the last, or both.
 * The paper shows the three shapes and names no detector; this one is ours.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { attentionClass } from "parallelcomp";
 *
 * const limits = { entropy: 0.9, outlier: 0.1 };
 * assert.equal(attentionClass(Float32Array.of(5, 0, 0, 0, 0, 3), limits), "u");
 * assert.equal(attentionClass(Float32Array.of(0, 0, 9, 1, 0, 0), limits), "mountain");
 * assert.equal(attentionClass(Float32Array.of(1, 1, 1, 1, 1, 1), limits), "uniform");
 * ```
 */
export function attentionClass(
  attention: Float32Array, // [entries], of any sum
  { entropy, outlier }: ClassLimits,
): AttentionClass {
  const n = attention.length;
  const total = attention.reduce((a, b) => a + b, 0);
  if (n < 2 || total <= 0) return "uniform";
  let spread = 0;
  let most = 0;
  const thirds = [0, 0, 0];
  for (const [i, mass] of attention.entries()) {
    const p = mass / total;
    if (p > 0) spread -= p * Math.log(p);
    most = Math.max(most, p);
    thirds[Math.floor(3 * i / n)]! += p;
  }
  const even = spread >= entropy * Math.log(n);
  if (even && most <= Math.max(outlier, 10 / n)) return "uniform";
  const [first, middle, last] = thirds as [number, number, number];
  return middle > first && middle > last ? "mountain" : "u";
}
