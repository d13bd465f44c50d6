import { FormatError } from "../format_error.ts";
import type { OnnxFile, OnnxValue } from "./onnx_file.ts";

/** What the names, types and sizes of an exported decoder's inputs and outputs say. */
export interface ExportedLayout {
  readonly layers: number;
  readonly kvHeads: number;
  /** Absent where the sizes of keys and values leave it open, as some of onnxruntime-genai's do. */
  readonly headDim?: number;
  /** Tokens of the vocabulary, where the logits say so. */
  readonly vocab?: number;
  /** ONNX element type of keys and values: 1 (fp32), 10 (fp16), 16 (bf16). */
  readonly kvType: number;
  /** ONNX element type of token ids: 7 (int64) or 6 (int32). */
  readonly idType: number;
  /** Of positions, where they are an input. */
  readonly positionType?: number;
  readonly logitsType: number;
}

/** Element types of keys and values that can be converted. */
const FLOATS: Readonly<Record<number, string>> = {
  1: "fp32",
  10: "fp16",
  16: "bf16",
};

/** ONNX's name of an element type of keys and values. */
export function kvTypeName(type: number): string {
  return FLOATS[type] ?? `element type ${type}`;
}

/**
 * Finds the layout that Optimum and onnxruntime-genai share: `input_ids`, `past_key_values.L.key` and `.value` →
 * `logits`, `present.L.key` and `.value`.
 *
 * @throws {FormatError} That says what is missing and how to export it.
 */
export function exportedLayout(file: OnnxFile): ExportedLayout {
  const fail = (problem: string): never => {
    throw new FormatError(file.path, problem);
  };
  const inputs = new Map(file.inputs.map((value) => [value.name, value]));
  const outputs = new Map(file.outputs.map((value) => [value.name, value]));
  const names = (all: ReadonlyMap<string, OnnxValue>) =>
    [...all.keys()].slice(0, 6).map((name) => `"${name}"`).join(", ");
  if (inputs.has("use_cache_branch")) {
    fail(
      "it is a merged decoder with two branches (input use_cache_branch); export it again with a current Optimum, which writes one graph",
    );
  }
  if (
    [...inputs.keys()].some((name) =>
      name.includes("encoder") || name === "pixel_values"
    )
  ) {
    fail(
      "it reads an encoder's outputs; only decoders of text alone are supported",
    );
  }
  const key = inputs.get("past_key_values.0.key");
  const ids = inputs.get("input_ids");
  if (!ids || !outputs.has("logits")) {
    fail(
      `it is no decoder of text: it takes ${names(inputs)} and gives ${
        names(outputs)
      }; input_ids and logits are needed`,
    );
  }
  if (!key) {
    fail(
      `it takes no past_key_values; export it with them (optimum-cli export onnx --task text-generation-with-past)`,
    );
  }
  const [, kvHeads, , headDim] = key!.dims;
  if (
    key!.dims.length !== 4 || typeof kvHeads !== "number" || kvHeads < 1
  ) {
    fail(
      `past_key_values.0.key has the shape [${
        key!.dims.join(", ")
      }]; [batch, KV heads, entries, head dimension] with a fixed number of KV heads is needed`,
    );
  }
  if (!(key!.type in FLOATS)) {
    fail(
      `past_key_values.0.key has element type ${
        key!.type
      }; fp32, fp16 and bf16 are supported, so export it without a quantised cache`,
    );
  }
  let layers = 0;
  while (inputs.has(`past_key_values.${layers}.key`)) layers++;
  for (let l = 0; l < layers; l++) {
    for (const kind of ["key", "value"]) {
      const past = inputs.get(`past_key_values.${l}.${kind}`);
      const present = outputs.get(`present.${l}.${kind}`);
      if (!past || !present) {
        fail(
          `layer ${l} has no ${
            past ? "present" : "past_key_values"
          }.${l}.${kind}`,
        );
      }
      const { dims, type } = past!;
      if (dims[1] !== kvHeads || dims[3] !== headDim || type !== key!.type) {
        fail(
          `past_key_values.${l}.${kind} has the shape [${
            dims.join(", ")
          }] where layer 0 has [${
            key!.dims.join(", ")
          }]; layers of different shapes are not supported`,
        );
      }
    }
  }
  const vocab = outputs.get("logits")!.dims.at(-1);
  const positions = inputs.get("position_ids");
  return {
    layers,
    kvHeads: kvHeads as number,
    ...(typeof headDim === "number" && headDim > 0 && { headDim }),
    ...(typeof vocab === "number" && vocab > 0 && { vocab }),
    kvType: key!.type,
    idType: ids!.type,
    ...(positions && { positionType: positions.type }),
    logitsType: outputs.get("logits")!.type,
  };
}
