import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { pickedAttention, splitHeads } from "../attention/attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Eviction } from "../eviction/eviction.ts";
import type { LayerWeights } from "../layers/family.ts";
import {
  attentionNorm,
  finishLayer,
  layerRope,
  lmHead,
  pickRows,
  projectKv,
  projectQuery,
  ropeInputs,
} from "./decoder_layer.ts";
import { chunkLayers } from "./chunk_layer.ts";
import { requireTurnedKeys } from "../rope/choose_positions.ts";
import { type GraphTarget, tokenRows } from "./graph_target.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { layerOutputs } from "../eviction/layer_outputs.ts";
import type { Accuracy } from "../layers/linear.ts";
import { readHead, readLayer } from "../layers/read_weights.ts";
import { byTiles } from "../onnx/row_tiles.ts";
import { targetLogProbs } from "./self_information.ts";

/** What a prefill session is built for. */
export interface PrefillGraphOptions {
  readonly accuracy: Accuracy;
  /** What the weights' residual stream is rotated by; default: it is not. */
  readonly rotation?: Float32Array; // [hidden, hidden]
  /** The one-pass form: the question's rows stand behind the chunk and are scored in the same pass. */
  readonly question: boolean;
  /** Only the entries that it keeps leave the session. */
  readonly eviction?: Eviction;
  readonly target: GraphTarget;
}

/**
 * Session graph of a micro-batch of chunks, padded on the right.
 *
 * Inputs: those of {@linkcode tokenRows}, `last_row` [batch] int32, `rows` [] int32, `cos` and `sin`
 * [rows, ropeDim / 2]; with a question also `tail_rows` [batch, tail] int64 (row of every tail token) and
 * `targets` [batch, tail − 1] int64. Outputs by layer: `keys.l`, `values.l` [batch, kvHeads, rows, headDim]; with
 * a question also `queries.l` [batch, heads, tail, headDim] and `log_probs` [batch, tail − 1].
 *
 * The last layer stops at its keys and values, for no later row reads the rest; with a question, only the
 * question's rows go on through it and through the LM head.
 *
 * With an eviction, inputs and outputs of {@linkcode Evicting} stand in place of `keys.l` and `values.l`, and the
 * question's vectors come only where they are asked for, its keys as `tail_keys.l` [batch, kvHeads, tail, headDim].
 */
export async function prefillGraph(
  weights: WeightSource,
  config: ModelConfig,
  { accuracy, rotation, question, eviction, target }: PrefillGraphOptions,
): Promise<GraphBuilder> {
  const { headDim, hidden, layers } = config;
  if (question) {
    requireTurnedKeys(config, "A question in one pass with a chunk");
  }
  if (eviction) requireTurnedKeys(config, "Eviction inside a prefill");
  const g = target.builder();
  const given = await tokenRows(g, target, weights, config); // [batch, rows, hidden]
  const rotate = rotation && g.constant(rotation, [hidden, hidden]);
  let x = rotate ? g.op("MatMul", [given, rotate]) : given; // [batch, rows, hidden]
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const rope = ropeInputs(g, config);
  const tailRows = question
    ? g.input("tail_rows", "int64", ["batch", "tail"]) // [batch, tail]
    : undefined;
  const form = { accuracy, target };
  const attend = chunkLayers(g, { x, lastRow, rows }, rope, config, form);
  const leaving = layerOutputs(g, config, { embedded: x, tailRows, eviction });

  const finish = accuracy === "int8" ? finishTiles : finishLayer;
  for (let l = 0; l < layers - 1; l++) {
    const layer = await readLayer(weights, config, l);
    const attended = attend(l, layer, x);
    const { keys, values } = attended; // 2 × [batch, kvHeads, rows, headDim]
    const query = tailRows && attended.queryAt(tailRows); // [batch, tail, heads · headDim]
    leaving.layer(l, { keys, values, query });
    x = finish(g, x, attended.output, layer, config, accuracy); // [batch, rows, hidden]
  }

  const last = await readLayer(weights, config, layers - 1);
  const normed = attentionNorm(g, x, last, config); // [batch, rows, hidden]
  const turn = layerRope(rope, config, layers - 1);
  const { key, value } = projectKv(g, normed, last, turn, config, accuracy);
  const keys = splitHeads(g, key, headDim); // [batch, kvHeads, rows, headDim]
  const values = splitHeads(g, value, headDim); // [batch, kvHeads, rows, headDim]
  if (!tailRows) {
    leaving.layer(layers - 1, { keys, values });
    leaving.end();
    return g;
  }

  const tail = pickRows(g, normed, tailRows, hidden); // [batch, tail, hidden]
  const tailTurn = turn && { ...turn, rows: tailRows };
  const query = projectQuery(g, tail, last, tailTurn, config, accuracy); // [batch, tail, heads · headDim]
  leaving.layer(layers - 1, { keys, values, query });
  const attended = pickedAttention(
    g,
    { query, keys, values, picked: tailRows },
    config,
    layerKind(config, layers - 1).sliding,
  ); // [batch, tail, heads · headDim]
  x = finishLayer(
    g,
    pickRows(g, x, tailRows, hidden), // [batch, tail, hidden]
    attended,
    last,
    config,
    accuracy,
  ); // [batch, tail, hidden]
  const straight = rotate
    ? g.op("FusedMatMul", [x, rotate], { transB: 1 }) // [batch, tail, hidden]
    : x;
  const predicting = g.op("Slice", [
    straight,
    g.ints(0),
    g.ints(-1),
    g.ints(1),
  ]); // [batch, tail − 1, hidden]
  // The vocabulary's rows differ too much in size for one scale each.
  const headAccuracy = accuracy === "int8" ? "fast" : accuracy;
  const head = await readHead(weights, config);
  const logits = lmHead(g, predicting, head, config, headAccuracy); // [batch, tail − 1, vocab]
  const targets = g.input("targets", "int64", ["batch", "scored"]); // [batch, tail − 1]
  g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
    "batch",
    "scored",
  ]); // [batch, tail − 1]
  leaving.end();
  return g;
}

/** {@linkcode finishLayer}, tile of rows by tile of rows. */
function finishTiles(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  attended: Value, // [batch, rows, heads · headDim]
  layer: LayerWeights,
  config: ModelConfig,
  accuracy: Accuracy,
): Value {
  const { hidden, heads, headDim } = config;
  const inputs = [
    { rows: x, width: hidden },
    { rows: attended, width: heads * headDim },
  ];
  return byTiles(
    g,
    inputs,
    hidden,
    (body, [x, attended]) =>
      finishLayer(body, x!, attended!, layer, config, accuracy),
  ); // [batch, rows, hidden]
}
