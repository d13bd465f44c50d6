import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import type { CacheForm } from "../cache/cache_form.ts";
import { cachedRows } from "../attention/cached_rows.ts";
import {
  finishLayer,
  layerRope,
  lmHead,
  pickRows,
  projectQkv,
  ropeInputs,
} from "./decoder_layer.ts";
import { type GraphTarget, tokenRows } from "./graph_target.ts";
import type { Accuracy } from "../layers/linear.ts";
import { readHead, readLayer } from "../layers/read_weights.ts";
import { targetLogProbs } from "./self_information.ts";

/**
 * Session graph of new rows over static KV caches and the tail's own, growing KV: one token of decoding, or a
 * whole question behind a batch of chunks (requery). The static caches are inputs that never change.
 *
 * Inputs: those of {@linkcode tokenRows}, `cos` and `sin` [positions, ropeDim / 2], `positions` [batch, rows]
 * int64 (table row of every row), `head_rows` [batch, picked] int64 (rows that go through the LM head), `targets`
 * [batch, picked] int64, those of {@linkcode cachedRows}, and where layers turn by a RoPE of their own `local_cos` and
 * `local_sin`. Outputs: `logits` [batch, picked, vocab], `log_probs`
 * [batch, picked], and those of {@linkcode cachedRows}.
 */
export async function decodeGraph(
  weights: WeightSource,
  config: ModelConfig,
  accuracy: Accuracy,
  form: CacheForm = { tempered: false, int8: false },
  target: GraphTarget,
): Promise<GraphBuilder> {
  const { hidden } = config;
  const g = target.builder();
  let x = await tokenRows(g, target, weights, config); // [batch, rows, hidden]
  const headRows = g.input("head_rows", "int64", ["batch", "picked"]); // [batch, picked]
  const targets = g.input("targets", "int64", ["batch", "picked"]); // [batch, picked]
  const rope = {
    ...ropeInputs(g, config),
    rows: g.input("positions", "int64", ["batch", "rows"]), // [batch, rows]
  };
  const attend = cachedRows(g, config, form, rope);

  for (let l = 0; l < config.layers; l++) {
    const layer = await readLayer(weights, config, l);
    const turn = layerRope(rope, config, l);
    const qkv = projectQkv(g, x, layer, turn, config, accuracy);
    const rows = attend(l, qkv); // [batch, rows, heads · headDim]
    x = finishLayer(g, x, rows, layer, config, accuracy); // [batch, rows, hidden]
  }
  const picked = pickRows(g, x, headRows, hidden); // [batch, picked, hidden]
  const head = await readHead(weights, config);
  const logits = lmHead(g, picked, head, config, accuracy); // [batch, picked, vocab]
  g.output("logits", logits, "float32", ["batch", "picked", config.vocab]); // [batch, picked, vocab]
  g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
    "batch",
    "picked",
  ]); // [batch, picked]
  return g;
}
