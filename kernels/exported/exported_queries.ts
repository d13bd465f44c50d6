import type { ModelConfig } from "../../io/model_config.ts";
import { chunkAttention, splitHeads } from "../attention/attention.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import { pickRows } from "../family/decoder_layer.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { ExportedBuilder } from "./exported_builder.ts";
import type { ExportedModel } from "./examine.ts";
import { exportedInputs } from "./exported_inputs.ts";
import { replaceAttention, siteRows } from "./site_rows.ts";

/** `queryGraph` out of an exported graph, with `ids` and `positions` [batch, rows] int64 as inputs. */
export async function exportedQueries(
  { decoder, examined }: ExportedModel,
  config: ModelConfig,
): Promise<GraphBuilder> {
  const { heads, headDim } = config;
  const g = new ExportedBuilder(decoder);
  const { positions } = exportedInputs(g, examined);
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const picked = g.input("picked", "int64", ["batch", "picked"]); // [batch, picked]
  for (const [l, site] of examined.sites.entries()) {
    const qkv = siteRows(g, examined.graph, site, config, positions);
    const query = pickRows(g, qkv.query, picked, heads * headDim); // [batch, picked, heads · headDim]
    g.output(`queries.${l}`, splitHeads(g, query, headDim), "float32", [
      "batch",
      heads,
      "picked",
      headDim,
    ]); // [batch, heads, picked, headDim]
    const inputs = { ...qkv, lastRow, rows };
    const { sliding } = layerKind(config, l);
    const attended = chunkAttention(g, inputs, config, sliding);
    replaceAttention(g, site, attended.output, config);
  }
  await g.load();
  return g;
}
