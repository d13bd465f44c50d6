import { roleShape } from "../../io/tensor_role.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import { openModel } from "../../io/open_model.ts";
import type { WeightData, WeightSource } from "../../io/weights.ts";
import { familyModel } from "../../kernels/family/family_model.ts";
import { OnnxModel } from "../../kernels/model/onnx_model.ts";
import { type CardWeights, cardWeights } from "../../mod.ts";
import type { Provider } from "../../kernels/provider/provider.ts";

/** Published shapes of Llama models. */
export const shapes = {
  "135m": {
    layers: 30,
    hidden: 576,
    ffn: 1536,
    heads: 9,
    kvHeads: 3,
    headDim: 64,
    vocab: 49152,
    tiedHead: true,
  },
  "1b": {
    layers: 16,
    hidden: 2048,
    ffn: 8192,
    heads: 32,
    kvHeads: 8,
    headDim: 64,
    vocab: 128256,
    tiedHead: true,
  },
  "8b": {
    layers: 32,
    hidden: 4096,
    ffn: 14336,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    vocab: 128256,
    tiedHead: false,
  },
} as const;

/** Name of a shape. */
export type ShapeName = keyof typeof shapes;

/** Sizes of such a model's weights on a card. */
export function shapeCardWeights(name: ShapeName, bits: 4 | 16): CardWeights {
  const { layers, hidden, ffn, heads, kvHeads, headDim, vocab, tiedHead } =
    shapes[name];
  const inLayers = bits === 4 ? 0.5 + 2 / 32 : 2;
  const matrices: Record<string, readonly [number, number]> = {
    query: [heads * headDim, hidden],
    key: [kvHeads * headDim, hidden],
    value: [kvHeads * headDim, hidden],
    output: [hidden, heads * headDim],
    gate: [ffn, hidden],
    up: [ffn, hidden],
    down: [hidden, ffn],
  };
  const tensors = new Map<string, readonly [number[], bytes: number]>([
    ["embedding.weight", [[vocab, hidden], 2]],
    ["norm.weight", [[hidden], 4]],
  ]);
  if (!tiedHead) tensors.set("head.weight", [[vocab, hidden], 2]);
  for (let l = 0; l < layers; l++) {
    for (const [role, shape] of Object.entries(matrices)) {
      tensors.set(`layers.${l}.${role}.weight`, [[...shape], inLayers]);
    }
    for (const role of ["attention_norm", "mlp_norm"]) {
      tensors.set(`layers.${l}.${role}.weight`, [[hidden], 4]);
    }
  }
  return cardWeights(
    {
      names: [...tensors.keys()],
      shape: (name) => tensors.get(name)![0],
      bytes: (name) => {
        const [shape, bytes] = tensors.get(name)!;
        return shape.reduce((a, b) => a * b, bytes);
      },
    },
    { tiedHead },
    "half",
  );
}

/** What a random model of a published shape is opened with. */
export interface ShapeOptions {
  readonly window: number;
  /** Bits of the weights in the layers; the rest is dense. */
  readonly bits: 4 | 16;
  readonly provider: Provider;
  readonly workers?: number;
  /** Whether keys and values stay on the card. */
  readonly resident?: boolean;
}

/** A Llama of a published shape with random weights and the bundled model's tokenizer: to measure time and memory. */
export async function randomShape(
  name: ShapeName,
  { window, bits, provider, workers = 1, resident = true }: ShapeOptions,
): Promise<OnnxModel> {
  const file = await openModel("tiny");
  const config: ModelConfig = {
    ...file.config,
    ...shapes[name],
    name,
    window,
    ropeDim: shapes[name].headDim,
    ropeTheta: 500000,
    stopIds: [],
  };
  const accuracy = provider === "cuda" ? "half" : "exact";
  return new OnnxModel({
    ...await familyModel(randomWeights(config, bits), config, {
      accuracy,
      provider,
    }),
    workers,
    resident,
    threads: navigator.hardwareConcurrency,
    provider,
    engine: "c",
    tokenizer: file.tokenizer,
    close: async () => await file[Symbol.asyncDispose](),
  });
}

/** The weights of a Llama: no biases, and two norms a layer. */
const HAS =
  /^(embedding|norm|head|layers\.\d+\.(attention_norm|mlp_norm|query|key|value|output|gate|up|down))\.weight$/;

/** Random numbers that are repeated: their values do not matter, their making would take longer than all else. */
const BLOCK = 1 << 20;

function randomWeights(config: ModelConfig, bits: 4 | 16): WeightSource {
  const block = Float32Array.from({ length: BLOCK }, () => Math.random() - 0.5);
  const bytes = crypto.getRandomValues(new Uint8Array(1 << 16));
  const shape = (name: string) => {
    const role = name.split(".").at(-2)!;
    return roleShape(role as Parameters<typeof roleShape>[0], config);
  };
  const dense = (name: string): Float32Array => {
    const dims = shape(name);
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
    if (dims.length === 1) return data.fill(1);
    const scaled = block.map((v) => v * 3.4 / Math.sqrt(dims[1]!));
    return repeated(data, scaled);
  };
  const blocks = (name: string): WeightData => {
    const [out, inner] = shape(name) as [number, number];
    const count = out * inner / 32;
    return {
      kind: "blocks",
      bits: 4,
      blockSize: 32,
      quants: repeated(new Uint8Array(count * 16), bytes),
      scales: new Float32Array(count).fill(0.2 / Math.sqrt(inner)),
    };
  };
  return {
    names: [],
    has: (name) => HAS.test(name),
    shape,
    bytes: () => 0,
    read: (name) =>
      Promise.resolve(
        bits === 4 && name.startsWith("layers.")
          ? blocks(name)
          : { kind: "dense", data: dense(name) },
      ),
    readDense: (name) => Promise.resolve(dense(name)),
  };
}

function repeated<T extends Float32Array | Uint8Array>(all: T, part: T): T {
  for (let at = 0; at < all.length; at += part.length) {
    all.set(part.subarray(0, all.length - at) as never, at);
  }
  return all;
}
