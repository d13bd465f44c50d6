import type { ModelConfig } from "../../io/model_config.ts";
import { jointSoftmax } from "../attention/attention.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { MassForm } from "./mass_form.ts";
import { slidingBias } from "../attention/sliding.ts";

/**
 * Session graph that sums, over the question's rows, the attention that each query head pays to each cache
 * entry (paper eq. 5–6; softmax over the cache and, causally, the question's own keys). One layer's shapes;
 * run once per layer.
 *
 * Inputs: `queries` [kvHeads, group · rows, headDim], `keys` [kvHeads, entries, headDim], `bias`
 * [kvHeads, 1, entries], `tail_keys` [kvHeads, rows, headDim], `tail_bias` [1, group · rows, rows], `weights`
 * [1, 1, 1, rows]; for a layer with a sliding window `positions` [kvHeads, 1, entries] and `oldest` [1, group · rows, 1]
 * int32 (a row's position less the window); for a tempered cache `temperature` and `scale` [1, 1, 1] and `tempered` [kvHeads, 1, entries].
 * Output: `mass` [heads, entries].
 */
export function attentionMassGraph(
  config: ModelConfig,
  { tempered, sliding }: MassForm = { tempered: false, sliding: false },
): GraphBuilder {
  const { kvHeads, headDim } = config;
  const g = new GraphBuilder();
  const queries = g.input("queries", "float32", [
    kvHeads,
    "group_rows",
    headDim,
  ]); // [kvHeads, group · rows, headDim]
  const keys = g.input("keys", "float32", [kvHeads, "entries", headDim]); // [kvHeads, entries, headDim]
  const bias = g.input("bias", "float32", [kvHeads, 1, "entries"]); // [kvHeads, 1, entries]
  const tailKeys = g.input("tail_keys", "float32", [kvHeads, "rows", headDim]); // [kvHeads, rows, headDim]
  const tailBias = g.input("tail_bias", "float32", [1, "group_rows", "rows"]); // [1, group · rows, rows]
  const weights = g.input("weights", "float32", [1, 1, "rows"]); // [1, 1, rows]
  const probabilities = jointSoftmax(g, {
    query: queries,
    staticKeys: keys,
    staticBias: sliding ? newestBias(g, bias, kvHeads) : bias,
    tailKeys,
    tailBias,
    tempering: tempered
      ? {
        temperature: g.input("temperature", "float32", [1, 1, 1]), // [1, 1, 1]
        scale: g.input("scale", "float32", [1, 1, 1]), // [1, 1, 1]
        entries: g.input("tempered", "float32", [kvHeads, 1, "entries"]), // [kvHeads, 1, entries]
      }
      : undefined,
  }, config); // [kvHeads, group · rows, entries + rows]
  const entries = g.op("Shape", [keys], { start: 1, end: 2 }); // [1]
  const onCache: Value = g.op("Slice", [
    probabilities,
    g.ints(0),
    entries,
    g.ints(2),
  ]); // [kvHeads, group · rows, entries]
  weighRows(g, onCache, weights, config);
  return g;
}

/** The bias with what is too old masked. */
function newestBias(
  g: GraphBuilder,
  bias: Value, // [kvHeads, 1, entries]
  kvHeads: number,
): Value {
  const positions = g.input("positions", "int32", [kvHeads, 1, "entries"]); // [kvHeads, 1, entries]
  const oldest = g.input("oldest", "int32", [1, "group_rows", 1]); // [1, group · rows, 1]
  return slidingBias(g, bias, positions, oldest); // [kvHeads, group · rows, entries]
}

/** Output `mass`: the probabilities of every head's rows, each times its weight, summed. */
export function weighRows(
  g: GraphBuilder,
  probabilities: Value, // [kvHeads, group · rows, entries]
  weights: Value, // [1, 1, rows]
  { heads }: ModelConfig,
): void {
  const shape = g.op("Concat", [
    g.ints(heads),
    g.op("Shape", [weights], { start: 2, end: 3 }),
    g.op("Shape", [probabilities], { start: 2, end: 3 }),
  ], { axis: 0 }); // [3]
  const byHead = g.op("Reshape", [probabilities, shape]); // [heads, rows, entries]
  const mass = g.op("MatMul", [weights, byHead]); // [heads, 1, entries]
  g.output("mass", g.op("Squeeze", [mass, g.ints(1)]), "float32", [
    heads,
    "entries",
  ]); // [heads, entries]
}
