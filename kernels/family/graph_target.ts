import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { HalfBuilder } from "../onnx/half_builder.ts";
import type { Accuracy } from "../layers/linear.ts";
import type { Provider } from "../provider/provider.ts";

/** What session graphs are written for. */
export interface GraphTarget {
  /** What products are computed in. */
  readonly products: "float32" | "float16";
  /** An empty graph. */
  builder(): GraphBuilder;
  /** How tokens enter: as rows that the host looked up, or as ids. */
  readonly tokens: "embedded" | "ids";
  /** Whether query, key and value are one product, which attention turns itself. */
  readonly packs: boolean;
  /** See {@linkcode chunkAttentions}. */
  readonly blocks: boolean;
}

/**
 * What a provider is given. The host looks tokens up, so that the table is held once; for CUDA the session does, so
 * that little crosses to the device.
 */
export function graphTarget(
  provider: Provider,
  accuracy: Accuracy,
): GraphTarget {
  const half = accuracy === "half";
  return {
    products: half ? "float16" : "float32",
    builder: half ? () => new HalfBuilder() : () => new GraphBuilder(),
    tokens: provider === "cuda" ? "ids" : "embedded",
    packs: half,
    blocks: provider === "cpu" && !half,
  };
}

/** The rows that a graph begins with, from its input `embedded` [batch, rows, hidden] or `ids` [batch, rows] int64. */
export async function tokenRows(
  g: GraphBuilder,
  { tokens }: GraphTarget,
  weights: WeightSource,
  { hidden, vocab, embeddingScale = 1 }: ModelConfig,
): Promise<Value> {
  if (tokens === "embedded") {
    return g.input("embedded", "float32", ["batch", "rows", hidden]); // [batch, rows, hidden]
  }
  const ids = g.input("ids", "int64", ["batch", "rows"]); // [batch, rows]
  const table = await weights.readDense("embedding.weight");
  const rows = g.op("Gather", [g.constant(table, [vocab, hidden]), ids]); // [batch, rows, hidden]
  if (embeddingScale === 1) return rows;
  const scale = g.constant(Float32Array.of(embeddingScale), []); // []
  return g.op("Mul", [rows, scale]); // [batch, rows, hidden]
}
