import type { ModelConfig } from "../../io/model_config.ts";
import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { cast } from "../onnx/cast.ts";
import { targetLogProbs } from "../family/self_information.ts";
import { MASKED } from "../attention/tail_bias.ts";
import { ExportedBuilder } from "./exported_builder.ts";
import { exportedHead } from "./exported_head.ts";
import { exportedInputs } from "./exported_inputs.ts";
import type { GraphIndex } from "./graph_index.ts";

/** ONNX's number for fp32. */
const FLOAT = 1;

/** What {@linkcode wholePrefill} and {@linkcode wholeDecode} are made of. */
export interface WholeParts {
  readonly decoder: ExportedDecoder;
  readonly graph: GraphIndex;
  readonly config: ModelConfig;
}

/** `prefillGraph` without a question, with the export's own attention. */
export async function wholePrefill(
  { decoder, config }: WholeParts,
): Promise<GraphBuilder> {
  const { layers, kvHeads, headDim } = config;
  const g = new ExportedBuilder(decoder);
  const { ids } = exportedInputs(g);
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const int = (value: number) => g.constant(Int32Array.of(value), []); // []
  const row = g.op("Range", [int(0), rows, int(1)]); // [rows]
  const last = g.op("Unsqueeze", [lastRow, g.ints(1)]); // [batch, 1]
  replaceMask(g, g.op("LessOrEqual", [row, last])); // [batch, rows]
  const batch = g.op("Shape", [ids], { start: 0, end: 1 }); // [1]
  const shape = g.op("Concat", [batch, g.ints(kvHeads, 0, headDim)], {
    axis: 0,
  }); // [4]
  const none = g.op("ConstantOfShape", [shape]); // [batch, kvHeads, 0, headDim]
  for (let l = 0; l < layers; l++) {
    for (const kind of ["key", "value"] as const) {
      replacePast(g, l, kind, none);
      const present = presentOf(g, l, kind); // [batch, kvHeads, rows, headDim]
      const size = ["batch", kvHeads, "rows", headDim];
      g.output(`${kind}s.${l}`, present, "float32", size);
    }
  }
  await g.load();
  return g;
}

/** `decodeGraph` with the export's own attention: caches of one length for all heads and layers. */
export async function wholeDecode(
  { decoder, graph, config }: WholeParts,
): Promise<GraphBuilder> {
  const { layers, kvHeads, headDim } = config;
  const g = new ExportedBuilder(decoder);
  const { ids } = exportedInputs(g);
  const headRows = g.input("head_rows", "int64", ["batch", "picked"]); // [batch, picked]
  const targets = g.input("targets", "int64", ["batch", "picked"]); // [batch, picked]
  const tailBias = g.input("tail_bias", "float32", [1, 1, "rows", "next"]); // [1, 1, group · rows, tail + rows]
  for (let l = 0; l < layers; l++) {
    const cache = (name: string, entries: string) =>
      g.input(`${name}.${l}`, "float32", ["batch", kvHeads, entries, headDim]); // [batch, kvHeads, entries, headDim]
    const bias = g.input(`bias.${l}`, "float32", ["batch", kvHeads, 1, "all"]); // [batch, kvHeads, 1, entries]
    if (l === 0) replaceMask(g, seenOf(g, bias, tailBias, ids));
    for (const kind of ["key", "value"] as const) {
      const held = cache(`${kind}s`, "all");
      const tail = cache(`tail_${kind}s`, "tail");
      replacePast(g, l, kind, g.op("Concat", [held, tail], { axis: 2 })); // [batch, kvHeads, entries + tail, headDim]
      const next = g.op("Slice", [
        presentOf(g, l, kind),
        g.op("Shape", [held], { start: 2, end: 3 }), // [1]
        g.ints(2 ** 31 - 1),
        g.ints(2),
      ]); // [batch, kvHeads, tail + rows, headDim]
      const size = ["batch", kvHeads, "next", headDim];
      g.output(`next_${kind}s.${l}`, next, "float32", size);
    }
  }
  const logits = exportedHead(g, graph, headRows); // [batch, picked, vocab]
  g.output("logits", logits, "float32", ["batch", "picked", config.vocab]);
  const logProbs = targetLogProbs(g, logits, targets); // [batch, picked]
  g.output("log_probs", logProbs, "float32", ["batch", "picked"]);
  await g.load();
  return g;
}

/** Which entries of cache, tail and new rows are there. */
function seenOf(
  g: GraphBuilder,
  bias: Value, // [batch, kvHeads, 1, entries]
  tailBias: Value, // [1, 1, group · rows, tail + rows]
  ids: Value, // [batch, rows]
): Value {
  const masked = g.constant(Float32Array.of(MASKED / 2), []); // []
  const first = g.op("Slice", [bias, g.ints(0), g.ints(1), g.ints(1)]); // [batch, 1, 1, entries]
  const real = g.op("Squeeze", [
    g.op("Greater", [first, masked]),
    g.ints(1, 2),
  ]); // [batch, entries]
  const shape = g.op("Concat", [
    g.op("Shape", [ids], { start: 0, end: 1 }), // [1]
    g.op("Shape", [tailBias], { start: 3, end: 4 }), // [1]
  ], { axis: 0 }); // [2]
  const ones = g.op("Expand", [g.ints(1), shape]); // [batch, tail + rows]
  return g.op("Concat", [
    cast(g, real, "int32"),
    cast(g, ones, "int32"),
  ], { axis: 1 }); // [batch, entries + tail + rows]
}

function replaceMask(g: ExportedBuilder, seen: Value): void {
  const { inputs } = g.decoder.file;
  const mask = inputs.find(({ name }) => name === "attention_mask");
  if (mask) g.replace(mask.name, g.op("Cast", [seen], { to: mask.type }));
}

function replacePast(
  g: ExportedBuilder,
  layer: number,
  kind: "key" | "value",
  past: Value, // [batch, kvHeads, entries, headDim]
): void {
  const { kvType } = g.decoder.layout;
  const typed = kvType === FLOAT ? past : g.op("Cast", [past], { to: kvType });
  g.replace(`past_key_values.${layer}.${kind}`, typed);
}

function presentOf(
  g: ExportedBuilder,
  layer: number,
  kind: "key" | "value",
): Value {
  const present = g.original(`present.${layer}.${kind}`); // [batch, kvHeads, entries, headDim]
  return g.decoder.layout.kvType === FLOAT
    ? present
    : cast(g, present, "float32");
}
