import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import type { KeepMasks } from "../cache/keep_entries.ts";
import { headEntries } from "../cache/new_cache.ts";
import type { EvictorOptions } from "./evictor_options.ts";

/** The option `merge` where something is merged. */
export type MergeEvicted = Exclude<EvictorOptions["merge"], "none">;

/** Below this a vector counts as zero. */
const TINY = 1e-8;

/**
 * Merges every dropped entry i into the kept entry t of its KV head whose key is nearest by cosine (MergingPress of
 * kvpress, after D2O, arXiv 2406.13035): v_t ← (v_t + Σ w_i v_i) / (1 + Σ w_i) with
 * w_i = max(cos, 0) · |v_i| / (|v_i| + |v_t|). Only entries at or above `threshold`, and of these the most similar
 * `fraction`, are merged. `what: both` moves keys by the same weights (KVMerger, arXiv 2407.08454). Sizes stay.
 *
 * Costs dropped × kept × headDim products a head. Breaks where keys are far apart: values are blurred, and an answer
 * that must be copied letter by letter gets worse; merged keys mix the rotations of different positions.
 */
export function mergeEvicted(
  source: KvCache,
  kept: KvCache,
  keep: KeepMasks,
  options: MergeEvicted,
): void {
  const { kvHeads, headDim } = source;
  for (const [l, layer] of source.layers.entries()) {
    for (let head = 0; head < kvHeads; head++) {
      const mask = keep[l]!.subarray(head * layer.entries); // [entries]
      const target = kept.layers[l]!;
      const entries = headEntries(target, head);
      const dropped = indices(headEntries(layer, head), (i) => mask[i] === 0);
      if (dropped.length === 0 || entries === 0) continue;
      const from = { layer, rows: dropped, head, headDim };
      const rows = indices(entries, () => true);
      const into = { layer: target, rows, head, headDim };
      mergeHead(from, into, options);
    }
  }
}

/** Some entries of one head. */
interface HeadRows {
  readonly layer: KvLayer;
  readonly rows: Int32Array; // [rows]
  readonly head: number;
  readonly headDim: number;
}

function mergeHead(from: HeadRows, into: HeadRows, options: MergeEvicted) {
  const { headDim } = from;
  const nearest = nearestRows(unitKeys(from), unitKeys(into), headDim);
  const floor = threshold(nearest.similarity, options);
  const values = rowsOf(from, "values"); // dropped × [headDim]
  const targets = rowsOf(into, "values"); // kept × [headDim]
  const keys = options.what === "both" ? rowsOf(from, "keys") : undefined;
  const targetKeys = rowsOf(into, "keys"); // kept × [headDim]
  const sizes = targets.map(norm); // [kept]
  const weights = new Float64Array(targets.length); // [kept]
  for (const [i, value] of values.entries()) {
    const similarity = nearest.similarity[i]!;
    const t = nearest.target[i]!;
    if (!(similarity >= floor) || similarity <= 0) continue;
    const size = norm(value);
    const weight = similarity * size / (size + sizes[t]! + TINY);
    weights[t]! += weight;
    add(targets[t]!, value, weight);
    if (keys) add(targetKeys[t]!, keys[i]!, weight);
  }
  for (const [t, weight] of weights.entries()) {
    if (weight === 0) continue;
    write(into, "values", t, targets[t]!, 1 + weight);
    if (keys) write(into, "keys", t, targetKeys[t]!, 1 + weight);
  }
}

/** The kept row of the nearest key to every dropped one; of equal ones the first. */
function nearestRows(
  dropped: Float32Array, // [dropped, headDim]
  kept: Float32Array, // [kept, headDim]
  headDim: number,
): { readonly target: Int32Array; readonly similarity: Float64Array } {
  const target = new Int32Array(dropped.length / headDim); // [dropped]
  const similarity = new Float64Array(target.length).fill(-Infinity); // [dropped]
  for (let i = 0; i < target.length; i++) {
    for (let at = 0; at < kept.length; at += headDim) {
      let dot = 0;
      for (let d = 0; d < headDim; d++) {
        dot += dropped[i * headDim + d]! * kept[at + d]!;
      }
      if (dot <= similarity[i]!) continue;
      similarity[i] = dot;
      target[i] = at / headDim;
    }
  }
  return { target, similarity };
}

/** Keys of length one. */
function unitKeys(from: HeadRows): Float32Array {
  const keys = new Float32Array(from.rows.length * from.headDim); // [rows, headDim]
  for (const [i, key] of rowsOf(from, "keys").entries()) {
    const size = Math.max(norm(key), TINY);
    keys.set(key.map((value) => value / size), i * from.headDim);
  }
  return keys;
}

/** Least similarity at which an entry is merged: the threshold, or the quantile of what passes it. */
function threshold(
  similarity: Float64Array, // [dropped]
  { threshold, fraction }: MergeEvicted,
): number {
  if (fraction === 1) return threshold;
  const passing = similarity.map((s) => s >= threshold ? s : -Infinity).sort(); // [dropped]
  const at = (1 - fraction) * (passing.length - 1);
  const [low, high] = [passing[Math.floor(at)]!, passing[Math.ceil(at)]!];
  const between = low + (high - low) * (at - Math.floor(at));
  return low === -Infinity ? threshold : Math.max(between, threshold);
}

function rowsOf(
  { layer, rows, head, headDim }: HeadRows,
  name: "keys" | "values",
): Float64Array[] {
  return Array.from(rows, (row) => {
    const at = (head * layer.entries + row) * headDim;
    return Float64Array.from(layer[name].subarray(at, at + headDim)); // [headDim]
  });
}

function write(
  { layer, head, headDim }: HeadRows,
  name: "keys" | "values",
  row: number,
  sum: Float64Array, // [headDim]
  weight: number,
): void {
  const at = (head * layer.entries + row) * headDim;
  for (let d = 0; d < headDim; d++) layer[name][at + d] = sum[d]! / weight;
}

const norm = (x: Float64Array) => Math.sqrt(x.reduce((s, v) => s + v * v, 0));

function add(sum: Float64Array, row: Float64Array, weight: number): void {
  for (let d = 0; d < sum.length; d++) sum[d]! += weight * row[d]!;
}

function indices(count: number, which: (i: number) => boolean): Int32Array {
  return Int32Array.from(
    Array.from({ length: count }, (_, i) => i).filter(which),
  );
}
