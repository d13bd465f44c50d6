import type { ModelConfig } from "../../io/model_config.ts";
import { splitHeads } from "../attention/attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { gatherRows } from "./entry_choice.ts";
import { Evicting, type LayerKv } from "./evicting.ts";
import type { Eviction } from "./eviction.ts";

/** What leaves a prefill session of every layer: all of its keys and values, or what an eviction keeps. */
export function layerOutputs(
  g: GraphBuilder,
  config: ModelConfig,
  { embedded, tailRows, eviction }: {
    readonly embedded: Value; // [batch, rows, …]
    readonly tailRows: Value | undefined; // [batch, tail] int64
    readonly eviction: Eviction | undefined;
  },
): {
  layer(layer: number, kv: LayerKv): void;
  /** To be called when all else is written. */
  end(): void;
} {
  const { heads, kvHeads, headDim } = config;
  const output = (name: string, value: Value, heads: number, rows: string) =>
    g.output(name, value, "float32", ["batch", heads, rows, headDim]);
  const queries = (l: number, query: Value) =>
    output(`queries.${l}`, splitHeads(g, query, headDim), heads, "tail"); // [batch, heads, tail, headDim]
  if (!eviction) {
    return {
      layer(l, { keys, values, query }) {
        output(`keys.${l}`, keys, kvHeads, "rows"); // [batch, kvHeads, rows, headDim]
        output(`values.${l}`, values, kvHeads, "rows"); // [batch, kvHeads, rows, headDim]
        if (query) queries(l, query);
      },
      end() {},
    };
  }
  const evicting = new Evicting(g, config, eviction, { embedded, tailRows });
  const all: LayerKv[] = [];
  const vectors = (l: number) => {
    const { keys, query } = all[l]!;
    if (!tailRows || !query || !eviction.vectors) return;
    queries(l, query);
    const own = g.op("Unsqueeze", [tailRows, g.ints(1)]); // [batch, 1, tail]
    const everyHead = g.op("Expand", [own, g.ints(1, kvHeads, 1)]); // [batch, kvHeads, tail]
    output(`tail_keys.${l}`, gatherRows(g, keys, everyHead), kvHeads, "tail"); // [batch, kvHeads, tail, headDim]
  };
  return {
    layer(l, kv) {
      all[l] = kv;
      evicting.layer(kv);
    },
    end: () => evicting.end(vectors),
  };
}
