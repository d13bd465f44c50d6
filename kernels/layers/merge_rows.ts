import type { BlockQuantized } from "../../io/weights.ts";
import type { LinearWeight } from "./linear.ts";

/**
 * Layers that read the same input as one layer, their outputs side by side; `undefined` where their formats differ.
 * One product of many outputs is faster than several of few.
 */
export function mergeRows(
  weights: readonly LinearWeight[],
): LinearWeight | undefined {
  const data = mergeData(weights);
  if (!data) return undefined;
  const out = weights.reduce((sum, weight) => sum + weight.out, 0);
  const merged = { data, out, in: weights[0]!.in };
  if (!weights.some(({ bias }) => bias)) return merged;
  const bias = weights.map((w) => w.bias ?? new Float32Array(w.out));
  return { ...merged, bias: joined(bias) };
}

function mergeData(
  weights: readonly LinearWeight[],
): LinearWeight["data"] | undefined {
  const all = weights.map(({ data }) => data);
  if (all.every((data) => data.kind === "dense")) {
    return { kind: "dense", data: joined(all.map(({ data }) => data)) };
  }
  const blocks = all.filter((data) => data.kind === "blocks");
  const [first] = blocks;
  if (!first || blocks.length < all.length) return undefined;
  if (blocks.some((of) => formOf(of) !== formOf(first))) return undefined;
  return {
    kind: "blocks",
    bits: first.bits,
    blockSize: first.blockSize,
    quants: joined(blocks.map(({ quants }) => quants)),
    scales: joined(blocks.map(({ scales }) => scales)),
    ...(first.mins && { mins: joined(blocks.map(({ mins }) => mins!)) }),
  };
}

function formOf({ bits, blockSize, mins }: BlockQuantized): string {
  return `${bits} ${blockSize} ${mins !== undefined}`;
}

function joined<T extends Float32Array | Uint8Array>(parts: readonly T[]): T {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (parts[0]!.constructor as new (size: number) => T)(size);
  let at = 0;
  for (const part of parts) {
    all.set(part as never, at);
    at += part.length;
  }
  return all;
}
