import type { ModelConfig } from "../../io/model_config.ts";
import { splitHeads } from "../attention/attention.ts";
import { attentionScale } from "../layers/layer_kind.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { cast } from "../onnx/cast.ts";
import type { AttentionSite } from "./attention_site.ts";
import type { ExportedBuilder } from "./exported_builder.ts";
import type { GraphIndex } from "./graph_index.ts";
import { tableSize } from "./table_size.ts";

/** ONNX's number for fp32. */
const FLOAT = 1;

/** Queries, keys and values of a layer's new rows in fp32; queries and keys are rotated. */
export interface SiteRows {
  readonly query: Value; // [batch, rows, heads · headDim]
  readonly key: Value; // [batch, rows, kvHeads · headDim]
  readonly value: Value; // [batch, rows, kvHeads · headDim]
}

/** Reads the rows of a layer out of an exported graph. */
export function siteRows(
  g: ExportedBuilder,
  graph: GraphIndex,
  site: AttentionSite,
  config: ModelConfig,
  positions: Value, // [batch, rows] int64
): SiteRows {
  const { heads, kvHeads, headDim } = config;
  const read = (name: string, heads: number) => {
    const x = floats(g, g.original(name));
    return site.form === "rows" ? x : headsToRows(g, x, heads * headDim); // [batch, rows, heads · headDim]
  };
  const parts = site.packed
    ? unpacked(g, floats(g, g.original(site.query)), config)
    : {
      query: read(site.query, heads),
      key: read(site.key, kvHeads),
      value: read(site.value, kvHeads),
    };
  const { rotary } = site;
  const half = rotary && tableSize(graph, rotary.cos)?.[1];
  const turn = (x: Value, heads: number) =>
    rotary ? rotated(g, x, { rotary, positions, heads, half }) : x;
  const query = turn(parts.query, heads); // [batch, rows, heads · headDim]
  return {
    query: scaled(g, query, (site.scale ?? 0) / attentionScale(config)),
    key: turn(parts.key, kvHeads),
    value: parts.value,
  };
}

/** Puts what attention gave in the place of what the exported graph's gave. */
export function replaceAttention(
  g: ExportedBuilder,
  site: AttentionSite,
  attended: Value, // [batch, rows, heads · headDim]
  { headDim }: ModelConfig,
): void {
  const type = site.outputType ?? g.decoder.layout.kvType;
  const laidOut = site.form === "rows"
    ? attended
    : splitHeads(g, attended, headDim); // [batch, heads, rows, headDim]
  g.replace(
    site.output,
    type === FLOAT ? laidOut : g.op("Cast", [laidOut], { to: type }),
  );
}

function floats(g: ExportedBuilder, x: Value): Value {
  return g.decoder.layout.kvType === FLOAT ? x : cast(g, x, "float32");
}

function headsToRows(
  g: GraphBuilder,
  x: Value, // [batch, heads, rows, headDim]
  width: number,
): Value {
  const rows = g.op("Transpose", [x], { perm: [0, 2, 1, 3] }); // [batch, rows, heads, headDim]
  return g.op("Reshape", [rows, g.ints(0, 0, width)]); // [batch, rows, width]
}

function unpacked(
  g: GraphBuilder,
  x: Value, // [batch, rows, (heads + 2 · kvHeads) · headDim]
  { heads, kvHeads, headDim }: ModelConfig,
): SiteRows {
  const keys = heads * headDim;
  const values = keys + kvHeads * headDim;
  const part = (from: number, to: number) =>
    g.op("Slice", [x, g.ints(from), g.ints(to), g.ints(2)]); // [batch, rows, to − from]
  return {
    query: part(0, keys),
    key: part(keys, values),
    value: part(values, values + kvHeads * headDim),
  };
}

function rotated(
  g: ExportedBuilder,
  x: Value, // [batch, rows, heads · headDim]
  { rotary, positions, heads, half }: {
    readonly rotary: NonNullable<AttentionSite["rotary"]>;
    readonly positions: Value; // [batch, rows] int64
    readonly heads: number;
    /** Of the dimensions that turn. */
    readonly half: number | undefined;
  },
): Value {
  const table = (name: string) => floats(g, g.original(name)); // [positions, ropeDim / 2]
  return g.op("RotaryEmbedding", [
    x,
    positions,
    table(rotary.cos),
    table(rotary.sin),
  ], {
    interleaved: rotary.interleaved ? 1 : 0,
    num_heads: heads,
    ...(half !== undefined && { rotary_embedding_dim: 2 * half }),
  }); // [batch, rows, heads · headDim]
}

/** Queries for kernels that scale scores by the configuration, where the exported graph does otherwise. */
function scaled(g: GraphBuilder, query: Value, factor: number): Value {
  if (factor === 0 || Math.abs(factor - 1) < 1e-5) return query;
  const constant = g.constant(Float32Array.of(factor), []); // []
  return g.op("Mul", [query, constant]); // [batch, rows, heads · headDim]
}
