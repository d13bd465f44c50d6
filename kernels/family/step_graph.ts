import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { groupedAttention } from "../attention/attention.ts";
import { biasedHeads, plainHeads } from "./biased_heads.ts";
import { packedQkv } from "./chunk_layer.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { drawToken, RULE } from "./draw_token.ts";
import {
  attentionNorm,
  finishLayer,
  lmHead,
  projectKv,
  projectQuery,
} from "./decoder_layer.ts";
import type { LayerWeights } from "../layers/family.ts";
import { type GraphTarget, tokenRows } from "./graph_target.ts";
import { type Accuracy, linear } from "../layers/linear.ts";
import { lookupRows } from "../layers/lookup_rows.ts";
import { mergeRows } from "../layers/merge_rows.ts";
import { readHead, readLayer } from "../layers/read_weights.ts";

/** What the keys and values that steps read are held in. */
export type StepCache = "float32" | "float16" | "int8";

/** Session graphs of steps. */
export interface StepGraphs {
  /** See {@linkcode GraphTarget}. */
  readonly products: "float32" | "float16";
  readonly cache: StepCache;
  /** Whether the cache lies in memory that can be had before it is used, as a processor's. */
  readonly widens: boolean;
  /** See {@linkcode stepGraph}. */
  steps(form: StepForm): Promise<GraphBuilder>;
  /** See `roomGraph`; `biased`: of heads that hold a bias. */
  room(biased: boolean): GraphBuilder;
}

/**
 * Tokens of an answer after which the session of steps is opened, where another one is open that can decode: opening
 * it takes as long as some fifty tokens save (SmolLM2-135M, 2,048 entries: 0.4 s; 8 ms a token).
 */
export const STEPS_AFTER = 64;

/** Tokens that a session of steps remembers. */
export const STEP_LOG = 4096;

/** How a step chooses its token: the likeliest, or one that is drawn. */
export type StepChoice = "greedy" | "sampled";

/** What steps of a session have in common. */
export interface StepForm {
  readonly choice: StepChoice;
  /** Whether scores of the cache's entries have a bias, which heads hold. */
  readonly biased: boolean;
}

/** The sessions of steps, by their form. */
export type StepsName = `steps${"" | "-sampled"}${"" | "-biased"}`;

/** The session of steps of this form. */
export function stepsName({ choice, biased }: StepForm): StepsName {
  const chooses = choice === "greedy" ? "" : "-sampled";
  return `steps${chooses}${biased ? "-biased" : ""}`;
}

/** The form of a session's steps. */
export function stepForm(name: StepsName): StepForm {
  return {
    choice: name.includes("sampled") ? "sampled" : "greedy",
    biased: name.includes("biased"),
  };
}

/**
 * Session graph of steps whose state stays on the device: every output but `logits` is an input of the next
 * run, over the same memory, so that tokens follow one another without the host.
 *
 * Inputs and outputs (`next_` before the name): `ids` [1, rows] int64, of which the output is [1, 1]; `last` [1] int32,
 * index of the newest entry; `keys.l`, `values.l` [1, kvHeads, room, headDim] as the cache is held, written in place;
 * `count` [1, 1] int64, tokens chosen so far; `log` [1, {@linkcode STEP_LOG}] int64, these tokens. Inputs alone:
 * `cos`, `sin` [room, ropeDim / 2]: what turns the entry at an index, wherever the index is in the text; of an 8-bit
 * cache `key_scales.l` and `value_scales.l` [kvHeads, 1, headDim]; where tokens are drawn `points` [1,
 * {@linkcode STEP_LOG}] float64, at which place the token of that number is drawn, and `rule` [{@linkcode RULE}]
 * float64, see {@linkcode drawToken}. Output alone: `logits` [1, 1, vocab]. Where scores have a bias `headDim` is that
 * of {@linkcode biasedHeads}.
 *
 * @param embedding What the embedding is read from: blocks, where `weights` are decoded.
 */
export async function stepGraph(
  weights: WeightSource,
  config: ModelConfig,
  accuracy: Accuracy,
  target: GraphTarget,
  { choice, biased, held, embedding }: StepForm & {
    readonly held: StepCache;
    readonly embedding: WeightSource;
  },
): Promise<GraphBuilder> {
  const { kvHeads, layers, ropeDim } = config;
  const g = target.builder();
  const { products: real } = target;
  const head = await readHead(weights, config);
  const table = async () => {
    const { data } = head.head;
    if (config.tiedHead && data.kind === "blocks") return data;
    const read = await embedding.read("embedding.weight");
    return config.tiedHead && read.kind === "dense" ? data : read;
  };
  let x = target.tokens === "ids" || target.products === "float16"
    ? await tokenRows(g, { ...target, tokens: "ids" }, weights, config) // [1, rows, hidden]
    : lookupRows(
      g,
      g.input("ids", "int64", ["batch", "rows"]),
      await table(),
      config,
    ); // [1, rows, hidden]
  const last = g.input("last", "int32", [1]); // [1]
  const rope = (name: string) => g.input(name, real, ["room", ropeDim / 2]); // [room, ropeDim / 2]
  const turn = { cos: rope("cos"), sin: rope("sin") };
  const attended = biased ? biasedHeads(g, x, config) : plainHeads(config);
  const { headDim } = attended.config;
  const cache = ["batch", kvHeads, "room", headDim];
  let room: Value | undefined; // []
  const scale = (name: string) =>
    g.input(name, "float32", [kvHeads, 1, headDim]); // [kvHeads, 1, headDim]
  const scalesOf = (l: number) => ({
    keys: scale(`key_scales.${l}`),
    values: scale(`value_scales.${l}`),
  });
  for (let l = 0; l < layers; l++) {
    const layer = mergedMlp(await readLayer(weights, config, l));
    const keys = g.input(`keys.${l}`, held, cache); // [1, kvHeads, room, headDim]
    const values = g.input(`values.${l}`, held, cache); // [1, kvHeads, room, headDim]
    const rows = projections(g, x, layer, config, accuracy);
    room ??= g.op("Cast", [
      g.op("Squeeze", [g.op("Shape", [keys], { start: 2, end: 3 })]), // [] int64
    ], { to: INT32 }); // []
    const { output, keys: nextKeys, values: nextValues } = groupedAttention(
      g,
      [...attended.widen(rows), keys, values, last, room],
      attended.config,
      { turn, scales: held === "int8" ? scalesOf(l) : undefined },
    );
    g.output(`next_keys.${l}`, nextKeys, held, cache);
    g.output(`next_values.${l}`, nextValues, held, cache);
    const own = attended.narrow(output); // [1, rows, heads · headDim]
    x = finishLayer(g, x, own, layer, config, accuracy); // [1, rows, hidden]
  }
  const end = g.op("Slice", [x, g.ints(-1), g.ints(2 ** 31 - 1), g.ints(1)]); // [1, 1, hidden]
  const logits = lmHead(g, end, head, config, accuracy); // [1, 1, vocab]
  g.output("logits", logits, "float32", [1, 1, config.vocab]); // [1, 1, vocab]
  const count = g.input("count", "int64", [1, 1]); // [1, 1]
  const id = choice === "greedy"
    ? g.op("ArgMax", [logits], { axis: -1, keepdims: 0 }) // [1, 1]
    : drawnToken(g, logits, count, config); // [1, 1]
  nextState(g, id, last, count);
  return g;
}

const INT32 = 6;

function mergedMlp(layer: LayerWeights): LayerWeights {
  const { mlp } = layer;
  return { ...layer, mlp: { ...mlp, merged: mergeRows([mlp.gate, mlp.up]) } };
}

/** Query, key and value of a layer before RoPE, which attention does itself: packed into one product where they can be. */
function projections(
  g: GraphBuilder,
  x: Value, // [1, rows, hidden]
  layer: LayerWeights,
  config: ModelConfig,
  accuracy: Accuracy,
): (Value | undefined)[] {
  const normed = attentionNorm(g, x, layer, config); // [1, rows, hidden]
  const packed = packedQkv(layer);
  if (packed) {
    return [linear(g, normed, packed, accuracy), undefined, undefined]; // [1, rows, (heads + 2 · kvHeads) · headDim]
  }
  const query = projectQuery(g, normed, layer, undefined, config, accuracy); // [1, rows, heads · headDim]
  const kv = projectKv(g, normed, layer, undefined, config, accuracy);
  return [query, kv.key, kv.value];
}

/** The token that is drawn at the point of its number. */
function drawnToken(
  g: GraphBuilder,
  logits: Value, // [1, 1, vocab]
  count: Value, // [1, 1] int64
  { vocab }: ModelConfig,
): Value { // [1, 1] int64
  const points = g.input("points", "float64", [1, STEP_LOG]); // [1, STEP_LOG]
  const point = g.op("GatherElements", [points, count], { axis: 1 }); // [1, 1]
  const rule = g.input("rule", "float64", [RULE]); // [RULE]
  return drawToken(g, logits, vocab, { point, rule });
}

/** What the next step begins with. It is written over what this step reads, so each part waits until that was read. */
function nextState(
  g: GraphBuilder,
  id: Value, // [1, 1] int64
  last: Value, // [1] int32
  count: Value, // [1, 1] int64
): void {
  const log = g.input("log", "int64", [1, STEP_LOG]); // [1, STEP_LOG]
  const written = g.op("ScatterElements", [log, count, id], { axis: 1 }); // [1, STEP_LOG]
  const first = g.op("Slice", [written, g.ints(0), g.ints(1), g.ints(1)]); // [1, 1]
  const one = g.op("Add", [g.op("Mul", [first, g.ints(0)]), g.ints(1)]); // [1, 1]
  g.output("next_log", written, "int64", [1, STEP_LOG]);
  g.output("next_count", g.op("Add", [count, one]), "int64", [1, 1]);
  const step = g.op("Cast", [g.op("Squeeze", [one, g.ints(1)])], { to: INT32 }); // [1]
  g.output("next_last", g.op("Add", [last, step]), "int32", [1]);
  g.output("next_ids", id, "int64", [1, 1]);
}

/**
 * Whether steps can be taken over a model's caches: every row must see every entry, all turn alike, and heads are
 * of a size that attention turns.
 */
export function canStep(
  { layerKinds, ropeScaling, positionMap, headDim }: ModelConfig,
): boolean {
  const { type } = ropeScaling;
  const follows = type === "yarn" && ropeScaling.byLength;
  return !layerKinds && !positionMap && !follows && type !== "dynamic" &&
    type !== "longrope" && headDim % 16 === 0;
}
