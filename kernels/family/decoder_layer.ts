import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { HeadWeights, LayerWeights } from "../layers/family.ts";
import { type Accuracy, linear } from "../layers/linear.ts";
import { swiglu } from "../layers/mlp.ts";
import { rmsNorm } from "../layers/norm.ts";
import { hasLocalRope, layerKind } from "../layers/layer_kind.ts";
import { rotary } from "../rope/rope.ts";
import { softCap } from "../layers/soft_cap.ts";

/** A table of RoPE, and where its rows are. */
export interface RopeValues {
  readonly cos: Value; // [positions, ropeDim / 2]
  readonly sin: Value; // [positions, ropeDim / 2]
  /** Table row of every row; or of the first one, [1], where rows follow on. */
  readonly rows: Value; // [batch, rows] int64
}

/** The graph inputs that hold RoPE's tables. */
export interface RopeInputs extends RopeValues {
  /** Of layers that turn by a RoPE of their own; the rows are the same. */
  readonly local?: Pick<RopeValues, "cos" | "sin">;
}

/**
 * Declares RoPE's table as graph inputs `cos` and `sin`, and that of layers with a RoPE of their own as `local_cos` and
 * `local_sin`; table row r rotates row r unless `rows` is replaced.
 */
export function ropeInputs(g: GraphBuilder, config: ModelConfig): RopeInputs {
  const half = config.ropeDim / 2;
  const table = (prefix: string) => ({
    cos: g.input(`${prefix}cos`, "float32", ["rows", half]), // [rows, ropeDim / 2]
    sin: g.input(`${prefix}sin`, "float32", ["rows", half]), // [rows, ropeDim / 2]
  });
  return {
    ...table(""),
    rows: g.ints(0), // [1]
    ...(hasLocalRope(config) && { local: table("local_") }),
  };
}

/** What turns the rows of layer `layer`; nothing where nothing does (NoPE), or attention does it by mapped positions. */
export function layerRope(
  rope: RopeInputs,
  config: ModelConfig,
  layer: number,
): RopeValues | undefined {
  const kind = layerKind(config, layer).rope;
  if (kind === "none" || config.positionMap) return undefined;
  return kind === "local" ? { ...rope, ...rope.local } : rope;
}

/** Norm and rotated projections of one layer. */
export function projectQkv(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  layer: LayerWeights,
  rope: RopeValues | undefined,
  config: ModelConfig,
  accuracy: Accuracy,
): { readonly query: Value; readonly key: Value; readonly value: Value } {
  const normed = attentionNorm(g, x, layer, config); // [batch, rows, hidden]
  return {
    query: projectQuery(g, normed, layer, rope, config, accuracy), // [batch, rows, heads · headDim]
    ...projectKv(g, normed, layer, rope, config, accuracy), // 2 × [batch, rows, kvHeads · headDim]
  };
}

/** The norm before a layer's projections. */
export function attentionNorm(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  layer: LayerWeights,
  config: ModelConfig,
): Value {
  return normIfAny(g, x, layer.attentionNorm, config); // [batch, rows, hidden]
}

/** The norm, where a family has one in this place. */
function normIfAny(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weight: Float32Array | undefined, // [hidden]
  { normEpsilon }: ModelConfig,
): Value {
  return weight ? rmsNorm(g, x, weight, normEpsilon) : x; // [batch, rows, hidden]
}

/** Rotated query of one layer. */
export function projectQuery(
  g: GraphBuilder,
  normed: Value, // [batch, rows, hidden]
  layer: LayerWeights,
  rope: RopeValues | undefined,
  config: ModelConfig,
  accuracy: Accuracy,
): Value {
  const query = linear(g, normed, layer.query, accuracy); // [batch, rows, heads · headDim]
  return turned(g, query, layer.queryNorm, rope, config, config.heads); // [batch, rows, heads · headDim]
}

/** Queries or keys after their norm and after RoPE, where the layer has them. */
function turned(
  g: GraphBuilder,
  x: Value, // [batch, rows, heads · headDim]
  norm: Float32Array | undefined, // [headDim] or [heads · headDim]
  rope: RopeValues | undefined,
  config: ModelConfig,
  heads: number,
): Value {
  const normed = norm ? headNorm(g, x, norm, config, heads) : x; // [batch, rows, heads · headDim]
  return rope ? rotary(g, normed, rope, config, heads) : normed; // [batch, rows, heads · headDim]
}

/** The norm of every head by itself, or of the whole row where there is a weight for each of its numbers. */
function headNorm(
  g: GraphBuilder,
  x: Value, // [batch, rows, heads · headDim]
  weight: Float32Array, // [headDim] or [heads · headDim]
  { normEpsilon, headDim }: ModelConfig,
  heads: number,
): Value {
  if (weight.length !== headDim) return rmsNorm(g, x, weight, normEpsilon); // [batch, rows, heads · headDim]
  const split = g.op("Reshape", [x, g.ints(0, 0, -1, headDim)]); // [batch, rows, heads, headDim]
  const normed = rmsNorm(g, split, weight, normEpsilon); // [batch, rows, heads, headDim]
  return g.op("Reshape", [normed, g.ints(0, 0, heads * headDim)]); // [batch, rows, heads · headDim]
}

/** Rotated key, and value, of one layer. */
export function projectKv(
  g: GraphBuilder,
  normed: Value, // [batch, rows, hidden]
  layer: LayerWeights,
  rope: RopeValues | undefined,
  config: ModelConfig,
  accuracy: Accuracy,
): { readonly key: Value; readonly value: Value } {
  const key = linear(g, normed, layer.key, accuracy); // [batch, rows, kvHeads · headDim]
  return {
    key: turned(g, key, layer.keyNorm, rope, config, config.kvHeads), // [batch, rows, kvHeads · headDim]
    value: linear(g, normed, layer.value, accuracy), // [batch, rows, kvHeads · headDim]
  };
}

/** Output projection, residual, norm, MLP, residual. */
export function finishLayer(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  attended: Value, // [batch, rows, heads · headDim]
  layer: LayerWeights,
  config: ModelConfig,
  accuracy: Accuracy,
): Value {
  const projected = linear(g, attended, layer.output, accuracy); // [batch, rows, hidden]
  const mixed = g.op("Add", [
    x,
    normIfAny(g, projected, layer.attentionPostNorm, config), // [batch, rows, hidden]
  ]); // [batch, rows, hidden]
  const normed = normIfAny(g, mixed, layer.mlpNorm, config); // [batch, rows, hidden]
  const product = swiglu(g, normed, layer.mlp, config, accuracy); // [batch, rows, hidden]
  return g.op("Add", [
    mixed,
    normIfAny(g, product, layer.mlpPostNorm, config), // [batch, rows, hidden]
  ]); // [batch, rows, hidden]
}

/** Final norm and LM head with its cap, on the given rows only. */
export function lmHead(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weights: HeadWeights,
  config: ModelConfig,
  accuracy: Accuracy,
): Value {
  const normed = rmsNorm(g, x, weights.norm, config.normEpsilon); // [batch, rows, hidden]
  const logits = linear(g, normed, weights.head, accuracy); // [batch, rows, vocab]
  return softCap(g, logits, config.logitCap); // [batch, rows, vocab]
}

/** Picks rows by index, the same number for every batch item. */
export function pickRows(
  g: GraphBuilder,
  x: Value, // [batch, rows, width]
  index: Value, // [batch, picked] int64
  width: number,
): Value {
  const wide = g.op("Expand", [
    g.op("Unsqueeze", [index, g.ints(2)]), // [batch, picked, 1]
    g.ints(1, 1, width),
  ]); // [batch, picked, width]
  return g.op("GatherElements", [x, wide], { axis: 1 }); // [batch, picked, width]
}
