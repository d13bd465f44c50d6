import type { WeightSource } from "../io/weights.ts";

/** Largest fp32 copy that is made for the sake of speed. */
const LIMIT = 1 << 30;

/**
 * The weights of a `decode` session that computes exactly: 8-bit blocks as fp32, where that takes at most 1 GiB.
 *
 * MatMulNBits has fp32 kernels for a few rows of 4-bit blocks, but none for 8-bit ones: it would dequantise
 * every weight for every token (measured on the bundled model: 11 ms a token against 3 ms).
 */
export function decodeWeights(weights: WeightSource): WeightSource {
  const values = weights.names.reduce(
    (sum, name) => sum + weights.shape(name).reduce((a, b) => a * b, 1),
    0,
  );
  if (values * 4 > LIMIT) return weights;
  return {
    names: weights.names,
    has: (name) => weights.has(name),
    shape: (name) => weights.shape(name),
    bytes: (name) => weights.bytes(name),
    readDense: (name) => weights.readDense(name),
    async read(name) {
      const data = await weights.read(name);
      if (data.kind === "dense" || data.bits === 4) return data;
      return { kind: "dense", data: await weights.readDense(name) };
    },
  };
}
