import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { chunkAttention, splitHeads } from "./attention.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import {
  finishLayer,
  lmHead,
  pickRows,
  projectQkv,
  ropeInputs,
} from "./decoder_layer.ts";
import type { Family } from "./family.ts";
import type { Accuracy } from "./linear.ts";
import { targetLogProbs } from "./self_information.ts";

/** What a prefill session is built for. */
export interface PrefillGraphOptions {
  readonly accuracy: Accuracy;
  /** The one-pass form: the question's rows stand behind the chunk and are scored in the same pass. */
  readonly question: boolean;
}

/**
 * Session graph of a micro-batch of chunks, padded on the right.
 *
 * Inputs: `embedded` [batch, rows, hidden], `last_row` [batch] int32, `rows` [] int32, `cos` and `sin`
 * [rows, ropeDim / 2]; with a question also `tail_rows` [batch, tail] int64 (row of every tail token) and
 * `targets` [batch, tail − 1] int64. Outputs by layer: `keys.l`, `values.l` [batch, kvHeads, rows, headDim]; with
 * a question also `queries.l` [batch, heads, tail, headDim] and `log_probs` [batch, tail − 1].
 *
 * Without a question the last layer stops at its keys and values and there is no LM head: no later row reads
 * the rest.
 */
export async function prefillGraph(
  family: Family,
  weights: WeightSource,
  config: ModelConfig,
  options: PrefillGraphOptions,
): Promise<GraphBuilder> {
  const { kvHeads, headDim, heads, hidden } = config;
  const { accuracy, question } = options;
  const g = new GraphBuilder();
  let x: Value = g.input("embedded", "float32", ["batch", "rows", hidden]); // [batch, rows, hidden]
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const rope = ropeInputs(g, config);
  const tailRows = question
    ? g.input("tail_rows", "int64", ["batch", "tail"]) // [batch, tail]
    : undefined;

  for (let l = 0; l < config.layers; l++) {
    const layer = await family.layer(weights, config, l);
    const qkv = projectQkv(g, x, layer, rope, config, accuracy);
    const cacheShape = ["batch", kvHeads, "rows", headDim];
    if (l === config.layers - 1 && !question) {
      const keys = splitHeads(g, qkv.key, headDim); // [batch, kvHeads, rows, headDim]
      const values = splitHeads(g, qkv.value, headDim); // [batch, kvHeads, rows, headDim]
      g.output(`keys.${l}`, keys, "float32", cacheShape);
      g.output(`values.${l}`, values, "float32", cacheShape);
      return g;
    }
    const attended = chunkAttention(g, { ...qkv, lastRow, rows }, config);
    g.output(`keys.${l}`, attended.keys, "float32", cacheShape);
    g.output(`values.${l}`, attended.values, "float32", cacheShape);
    if (tailRows) {
      const tail = pickRows(g, qkv.query, tailRows, heads * headDim); // [batch, tail, heads · headDim]
      g.output(
        `queries.${l}`,
        splitHeads(g, tail, headDim), // [batch, heads, tail, headDim]
        "float32",
        ["batch", heads, "tail", headDim],
      );
    }
    x = finishLayer(g, x, attended.output, layer, config, accuracy); // [batch, rows, hidden]
  }
  if (tailRows) {
    const targets = g.input("targets", "int64", ["batch", "scored"]); // [batch, tail − 1]
    const predicting = g.op("Slice", [
      tailRows,
      g.ints(0),
      g.ints(-1),
      g.ints(1),
    ]); // [batch, tail − 1]
    const picked = pickRows(g, x, predicting, hidden); // [batch, tail − 1, hidden]
    const head = await family.head(weights, config);
    const logits = lmHead(g, picked, head, config, accuracy); // [batch, tail − 1, vocab]
    g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
      "batch",
      "scored",
    ]); // [batch, tail − 1]
  }
  return g;
}
