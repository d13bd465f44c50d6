import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import type { CacheForm } from "../cache/cache_form.ts";
import { cachedRows } from "../attention/cached_rows.ts";
import { targetLogProbs } from "../family/self_information.ts";
import { ExportedBuilder } from "./exported_builder.ts";
import type { ExportedModel } from "./examine.ts";
import { exportedHead } from "./exported_head.ts";
import { exportedInputs } from "./exported_inputs.ts";
import { replaceAttention, siteRows } from "./site_rows.ts";

/**
 * `decodeGraph` out of an exported graph. Inputs are `ids` and `positions` [batch, rows] int64 in place of
 * `embedded`, `cos` and `sin`.
 */
export async function exportedDecode(
  { decoder, examined }: ExportedModel,
  config: ModelConfig,
  form: CacheForm,
): Promise<GraphBuilder> {
  const g = new ExportedBuilder(decoder);
  const { positions } = exportedInputs(g, examined);
  const headRows = g.input("head_rows", "int64", ["batch", "picked"]); // [batch, picked]
  const targets = g.input("targets", "int64", ["batch", "picked"]); // [batch, picked]
  const attend = cachedRows(g, config, form);
  for (const [l, site] of examined.sites.entries()) {
    const qkv = siteRows(g, examined.graph, site, config, positions);
    replaceAttention(g, site, attend(l, qkv), config);
  }
  const logits = exportedHead(g, examined.graph, headRows); // [batch, picked, vocab]
  g.output("logits", logits, "float32", ["batch", "picked", config.vocab]); // [batch, picked, vocab]
  g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
    "batch",
    "picked",
  ]); // [batch, picked]
  await g.load();
  return g;
}
