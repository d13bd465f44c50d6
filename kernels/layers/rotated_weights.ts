import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { rotateRows } from "./rotation.ts";

/** Which norm stands before each projection that reads the residual stream. */
const NORMS: Readonly<Record<string, string>> = {
  query: "attention_norm",
  key: "attention_norm",
  value: "attention_norm",
  gate: "mlp_norm",
  up: "mlp_norm",
};

/**
 * The same model with its residual stream rotated (QuaRot, arXiv 2404.00456): norms' weights go into the projections
 * behind them, those projections take rotated rows, and what is added to the stream comes rotated. Channels that
 * stand out, and would take the range of 8-bit numbers from all others, are spread over all of them.
 *
 * Nothing for models whose stream is not plain: with norms behind projections, or a bias on what is added.
 */
export function rotatedWeights(
  weights: WeightSource,
  config: ModelConfig,
): WeightSource | undefined {
  const has = (tensor: string) => weights.has(`layers.0.${tensor}`);
  const refused = [
    "attention_post_norm.weight",
    "mlp_post_norm.weight",
    "output.bias",
    "down.bias",
  ];
  if (refused.some(has)) return undefined;
  if (!has("attention_norm.weight") || !has("mlp_norm.weight")) {
    return undefined;
  }
  const { hidden } = config;
  const readDense = async (name: string): Promise<Float32Array> => {
    const [, layer, role] = /^layers\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
    if (!role) return await weights.readDense(name);
    if (role === "attention_norm" || role === "mlp_norm") {
      return new Float32Array(hidden).fill(1); // [hidden]
    }
    const norm = NORMS[role];
    if (norm) {
      const matrix = (await weights.readDense(name)).slice(); // [out, hidden]
      const scale = await weights.readDense(`layers.${layer}.${norm}.weight`); // [hidden]
      for (let i = 0; i < matrix.length; i++) matrix[i]! *= scale[i % hidden]!;
      rotateRows(matrix, hidden);
      return matrix;
    }
    if (role === "output" || role === "down") {
      const matrix = await weights.readDense(name); // [hidden, in]
      const columns = transposed(matrix, hidden); // [in, hidden]
      rotateRows(columns, hidden);
      return transposed(columns, matrix.length / hidden); // [hidden, in]
    }
    return await weights.readDense(name);
  };
  return {
    names: weights.names,
    has: (name) => weights.has(name),
    shape: (name) => weights.shape(name),
    bytes: (name) => weights.bytes(name),
    readDense,
    async read(name) {
      if (!name.startsWith("layers.")) return await weights.read(name);
      return { kind: "dense", data: await readDense(name) };
    },
  };
}

function transposed(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const result = new Float32Array(matrix.length); // [columns, rows]
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      result[c * rows + r] = matrix[r * columns + c]!;
    }
  }
  return result;
}
