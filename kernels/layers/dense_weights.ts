import type { WeightSource } from "../../io/weights.ts";

/** Largest fp32 copy of a model that a session makes for the sake of speed. */
const LIMIT = 1 << 30;

/** Whether sessions that compute exactly may hold fp32 weights in place of the file's blocks: at most 1 GiB. */
export function mayBeDense(weights: Pick<WeightSource, "names" | "shape">) {
  const values = weights.names.reduce(
    (sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1),
    0,
  );
  return values * 4 <= LIMIT;
}

/**
 * The weights of a session that computes exactly: blocks of these bits as fp32, where that takes at most 1 GiB.
 *
 * For `decode` 8-bit blocks: MatMulNBits has fp32 kernels for a few rows of 4-bit blocks, but none for 8-bit ones, and
 * would dequantise every weight for every token (measured on the bundled model: 11 ms a token against 3 ms). For
 * chunks all blocks: the plain product runs at the processor's limit, and blocks cost a tenth more.
 */
export function denseWeights(
  weights: WeightSource,
  bits: readonly (4 | 8)[],
): WeightSource {
  if (!mayBeDense(weights)) return weights;
  return {
    names: weights.names,
    has: (name) => weights.has(name),
    shape: (name) => weights.shape(name),
    bytes: (name) => weights.bytes(name),
    readDense: (name) => weights.readDense(name),
    async read(name) {
      const data = await weights.read(name);
      if (data.kind === "dense" || !bits.includes(data.bits)) return data;
      return { kind: "dense", data: await weights.readDense(name) };
    },
  };
}
