import type { ModelConfig } from "../../io/model_config.ts";
import { hiddenRows } from "../attention/attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { cast } from "../onnx/cast.ts";
import {
  type ChoiceInputs,
  chooseRows,
  finiteScores,
  gatherRows,
  notNumbers,
  sharedScores,
} from "./entry_choice.ts";
import type { Eviction } from "./eviction.ts";
import { firstAlike } from "../cache/held_entries.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { questionMass } from "./question_mass.ts";

/** One layer of the chunks, and the question's queries where there is one. */
export interface LayerKv {
  readonly keys: Value; // [batch, kvHeads, rows, headDim]
  readonly values: Value; // [batch, kvHeads, rows, headDim]
  readonly query?: Value | undefined; // [batch, tail, heads · headDim]
}

/**
 * The part of a prefill graph that drops entries before they leave it.
 *
 * Inputs: `entries`, `keep`, `lead` [batch] int64, `safe` [batch, rows] bool, `most` [1] int64; with attention
 * `row_weights` [1, 1, 1, tail]. Outputs by layer: `kept_keys.l`, `kept_values.l` [batch, kvHeads, most, headDim] and `kept_rows.l`
 * [batch, kvHeads or 1, most] int32 (of the first layer alone where the model shares); `bad` [batch, layers]
 * int32: 1 + head · rows + row of the first score that is no number, or 0. An item has meaning up to its own `keep`.
 *
 * Layers with a sliding window of w hold what rows behind the chunk can see of it, and choose among that: with inputs
 * `keep_w` [batch] and `most_w` [1]. Where the model shares, those of one window do.
 */
export class Evicting {
  readonly #inputs: EvictionInputs;
  /** By sliding window. */
  readonly #sliding = new Map<number, EvictionInputs>();
  readonly #layers: LayerKv[] = [];
  readonly #scores: Value[] = []; // layers × [batch, kvHeads, rows]
  readonly #bad: Value[] = []; // layers × [batch, 1]

  constructor(
    readonly g: GraphBuilder,
    readonly config: ModelConfig,
    readonly eviction: Eviction,
    batch: {
      readonly embedded: Value; // [batch, rows, …]
      readonly tailRows: Value | undefined; // [batch, tail] int64
    },
  ) {
    this.#inputs = evictionInputs(g, batch, eviction.attention);
  }

  /** Takes a layer and scores its entries. */
  layer(kv: LayerKv): void {
    const { g, config, eviction } = this;
    const layer = this.#layers.length;
    const inputs = this.#inputsOf(layer);
    const scores = g.single(eviction.score(g, {
      layer,
      layers: config.layers,
      heads: config.heads,
      kvHeads: config.kvHeads,
      headDim: config.headDim,
      ...kv,
      keys: g.single(kv.keys), // [batch, kvHeads, rows, headDim]
      values: g.single(kv.values), // [batch, kvHeads, rows, headDim]
      ...inputs,
      ...this.#attention(kv, inputs),
    })); // [batch, kvHeads, rows]
    const bad = notNumbers(g, scores, inputs.real); // [batch]
    this.#bad.push(g.op("Unsqueeze", [bad, g.ints(1)])); // [batch, 1]
    this.#layers.push(kv);
    this.#scores.push(finiteScores(g, scores));
  }

  /**
   * Gives out what stays; to be called when all else is written. ONNX Runtime works towards the outputs from the last
   * to the first: so the first layer comes last here, and its keys and values are let go before the next one's come.
   *
   * @param also Writes what else a layer gives out.
   */
  end(also: (layer: number) => void): void {
    const { g, config, eviction } = this;
    const bad = g.op("Concat", this.#bad, { axis: 1 }); // [batch, layers]
    g.output("bad", bad, "int32", ["batch", config.layers]); // [batch, layers]
    const layers = [...this.#layers.keys()];
    const shared = new Map<number, Value>(); // [batch, 1, most], by the first layer of those that share
    const sharing = eviction.share === "model" ? layers : [];
    for (const first of new Set(sharing.map((l) => firstAlike(config, l)))) {
      const alike = layers.filter((l) => firstAlike(config, l) === first);
      shared.set(first, this.#choose(alike));
    }
    for (const layer of layers.toReversed()) {
      also(layer);
      const chosen = shared.get(firstAlike(config, layer));
      this.#keep(layer, chosen ?? this.#choose([layer]));
    }
  }

  /** What the rule and the choice know of a layer's entries. */
  #inputsOf(layer: number): EvictionInputs {
    const { sliding } = layerKind(this.config, layer);
    if (sliding === undefined) return this.#inputs;
    let inputs = this.#sliding.get(sliding);
    if (!inputs) {
      inputs = slidingInputs(this.g, this.#inputs, sliding);
      this.#sliding.set(sliding, inputs);
    }
    return inputs;
  }

  #attention(
    { keys, query }: LayerKv,
    { hidden, weights, real }: EvictionInputs,
  ): { attention?: Value } {
    const { g, config } = this;
    if (!hidden || !weights) return {};
    const mass = questionMass(
      g,
      { query: query!, keys, hidden, weights },
      config,
    ); // [batch, heads, rows]
    const none = g.constant(Float32Array.of(0), []); // []
    return { attention: g.op("Where", [real, mass, none]) }; // [batch, heads, rows]
  }

  #choose(layers: readonly number[]): Value {
    const scores = layers.map((layer) => this.#scores[layer]!);
    const shared = this.eviction.share !== "none";
    const all = shared ? sharedScores(this.g, scores) : scores[0]!; // [batch, sets, rows]
    return chooseRows(this.g, all, this.#inputsOf(layers[0]!)); // [batch, sets, most]
  }

  #keep(layer: number, chosen: Value): void { // [batch, sets, most]
    const { g, eviction } = this;
    const { kvHeads, headDim } = this.config;
    const { keys, values } = this.#layers[layer]!;
    const everyHead = g.op("Expand", [chosen, g.ints(1, kvHeads, 1)]); // [batch, kvHeads, most]
    const output = (name: string, x: Value) =>
      g.output(
        `${name}.${layer}`,
        gatherRows(g, x, everyHead),
        "float32",
        ["batch", kvHeads, "most", headDim],
      ); // [batch, kvHeads, most, headDim]
    output("kept_keys", keys);
    output("kept_values", values);
    const first = firstAlike(this.config, layer);
    if (layer > first && eviction.share === "model") return;
    const rows = cast(g, chosen, "int32"); // [batch, sets, most]
    g.output(`kept_rows.${layer}`, rows, "int32", ["batch", "sets", "most"]); // [batch, sets, most]
  }
}

interface EvictionInputs extends ChoiceInputs {
  readonly entries: Value; // [batch, 1, 1] int64
  readonly lead: Value; // [batch, 1, 1] int64
  readonly tailRows?: Value; // [batch, tail] int64
  /** Which keys each of the question's rows does not see. */
  readonly hidden?: Value; // [batch, 1, tail, rows] bool
  readonly weights?: Value; // [1, 1, 1, tail]
}

function evictionInputs(
  g: GraphBuilder,
  { embedded, tailRows }: {
    readonly embedded: Value; // [batch, rows, …]
    readonly tailRows: Value | undefined; // [batch, tail] int64
  },
  attention: boolean,
): EvictionInputs {
  const each = (name: string) => {
    const value = g.input(name, "int64", ["batch"]); // [batch]
    return g.op("Unsqueeze", [value, g.ints(1, 2)]); // [batch, 1, 1]
  };
  const int = (value: bigint) => g.constant(BigInt64Array.of(value), []); // []
  const rows = g.op("Squeeze", [
    g.op("Shape", [embedded], { start: 1, end: 2 }), // [1]
  ]); // []
  const positions = g.op("Range", [int(0n), rows, int(1n)]); // [rows]
  const entries = each("entries"); // [batch, 1, 1]
  const inputs = {
    positions,
    entries,
    lead: each("lead"), // [batch, 1, 1]
    keep: each("keep"), // [batch, 1, 1]
    most: g.input("most", "int64", [1]), // [1]
    real: g.op("Less", [positions, entries]), // [batch, 1, rows]
    safe: g.op("Unsqueeze", [
      g.input("safe", "bool", ["batch", "rows"]), // [batch, rows]
      g.ints(1),
    ]), // [batch, 1, rows]
  };
  if (!attention) return inputs;
  if (!tailRows) {
    throw new TypeError(
      "Votes of the question need the question in the session",
    );
  }
  return {
    ...inputs,
    tailRows,
    hidden: hiddenRows(g, tailRows, positions), // [batch, 1, tail, rows]
    weights: g.input("row_weights", "float32", [1, 1, 1, "tail"]), // [1, 1, 1, tail]
  };
}

/** The same for layers that hold the newest entries only: these are the `real` ones, and there are as many `entries`. */
function slidingInputs(
  g: GraphBuilder,
  inputs: EvictionInputs,
  sliding: number,
): EvictionInputs {
  const { positions, entries, real, tailRows } = inputs;
  const most = BigInt(Math.max(sliding - 1, 1));
  const held = g.op("Min", [
    entries,
    g.constant(BigInt64Array.of(most), []), // []
  ]); // [batch, 1, 1]
  const first = g.op("Sub", [entries, held]); // [batch, 1, 1]
  const newest = g.op("GreaterOrEqual", [positions, first]); // [batch, 1, rows]
  return {
    ...inputs,
    entries: held,
    real: g.op("And", [real, newest]), // [batch, 1, rows]
    keep: g.op("Unsqueeze", [
      g.input(`keep_${sliding}`, "int64", ["batch"]), // [batch]
      g.ints(1, 2),
    ]), // [batch, 1, 1]
    most: g.input(`most_${sliding}`, "int64", [1]), // [1]
    ...(tailRows && {
      hidden: hiddenRows(g, tailRows, positions, sliding), // [batch, 1, tail, rows]
    }),
  };
}
