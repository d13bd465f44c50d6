import type { ModelConfig } from "../../io/model_config.ts";
import { chunkAttention, splitHeads } from "../attention/attention.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import { pickRows } from "../family/decoder_layer.ts";
import { layerKind } from "../layers/layer_kind.ts";
import type { Eviction } from "../eviction/eviction.ts";
import { layerOutputs } from "../eviction/layer_outputs.ts";
import { targetLogProbs } from "../family/self_information.ts";
import { ExportedBuilder } from "./exported_builder.ts";
import { exportedHead } from "./exported_head.ts";
import { exportedInputs } from "./exported_inputs.ts";
import type { ExportedModel } from "./examine.ts";
import { replaceAttention, siteRows } from "./site_rows.ts";

/**
 * `prefillGraph` out of an exported graph. Inputs are `ids` and `positions` [batch, rows] int64 in place of
 * `embedded`, `cos` and `sin`.
 */
export async function exportedPrefill(
  { decoder, examined }: ExportedModel,
  config: ModelConfig,
  question: boolean,
  eviction?: Eviction,
): Promise<GraphBuilder> {
  const { heads, headDim, layers } = config;
  const g = new ExportedBuilder(decoder);
  const { ids, positions } = exportedInputs(g, examined);
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const tailRows = question
    ? g.input("tail_rows", "int64", ["batch", "tail"]) // [batch, tail]
    : undefined;
  const leaving = layerOutputs(g, config, {
    embedded: ids,
    tailRows,
    eviction,
  });
  for (const [l, site] of examined.sites.entries()) {
    const qkv = siteRows(g, examined.graph, site, config, positions);
    if (l === layers - 1 && !tailRows) { // nothing behind its keys and values is needed
      leaving.layer(l, {
        keys: splitHeads(g, qkv.key, headDim), // [batch, kvHeads, rows, headDim]
        values: splitHeads(g, qkv.value, headDim), // [batch, kvHeads, rows, headDim]
      });
      break;
    }
    const inputs = { ...qkv, lastRow, rows };
    const { sliding } = layerKind(config, l);
    const attended = chunkAttention(g, inputs, config, sliding);
    replaceAttention(g, site, attended.output, config);
    const { keys, values } = attended; // 2 × [batch, kvHeads, rows, headDim]
    const query = tailRows &&
      pickRows(g, qkv.query, tailRows, heads * headDim); // [batch, tail, heads · headDim]
    leaving.layer(l, { keys, values, query });
  }
  if (tailRows) {
    const predicting = g.op("Slice", [
      tailRows,
      g.ints(0),
      g.ints(-1),
      g.ints(1),
    ]); // [batch, tail − 1]
    const logits = exportedHead(g, examined.graph, predicting); // [batch, tail − 1, vocab]
    const targets = g.input("targets", "int64", ["batch", "scored"]); // [batch, tail − 1]
    g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
      "batch",
      "scored",
    ]); // [batch, tail − 1]
  }
  leaving.end();
  await g.load();
  return g;
}
