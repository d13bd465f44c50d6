import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { mayBeDense } from "../kernels/layers/dense_weights.ts";
import type { Accuracy } from "../kernels/layers/linear.ts";

/** Bytes of the weights of one session. */
export interface SessionBytes {
  /** As the session's graph is written. */
  readonly graph: number;
  /** As the open session holds them. */
  readonly open: number;
}

/** Sizes of the sessions' weights. */
export interface SessionWeights {
  /** Of chunks alone: all layers, the last one only up to its keys and values. */
  readonly prefill: SessionBytes;
  /** Of chunks with the question behind them: all layers and the head. */
  readonly question: SessionBytes;
  /** Of few rows over a cache: requery and decode. */
  readonly decode: SessionBytes;
  /** Of steps: like few rows, with the embedding that such a session looks up itself. */
  readonly steps: SessionBytes;
  /** Bytes of the embedding table on the host. */
  readonly embedding: number;
}

/** Sizes of a model's weights in its sessions, from the tensors' shapes and their bytes in the file. */
export function sessionWeights(
  weights: Pick<WeightSource, "names" | "shape" | "bytes">,
  { tiedHead, layers }: Pick<ModelConfig, "tiedHead" | "layers">,
  accuracy: Accuracy,
): SessionWeights {
  const none = () => ({ graph: 0, open: 0 });
  const sizes = { prefill: none(), question: none(), decode: none() };
  let embedding = 0;
  // A head that is the embedding is written once, unless it is decoded; in fp32 the product packs its own.
  let [apart, packed] = [!tiedHead, false];
  const dense = accuracy === "exact" && mayBeDense(weights);
  for (const name of weights.names) {
    const shape = weights.shape(name);
    const values = shape.reduce((a, b) => a * b, 1);
    const form = fileForm(weights.bytes(name) / values);
    const add = (session: keyof typeof sizes, held: Form) => {
      sizes[session].graph += values * graphBytes[held];
      sizes[session].open += values * openBytes[held];
    };
    const embeds = name.startsWith("embedding.");
    if (embeds) {
      embedding += values * graphBytes[form];
      apart ||= dense && form === "8";
      packed = form === "32";
    }
    const head = embeds ? tiedHead : name.startsWith("head.");
    if (embeds && !head) continue;
    const blocks = accuracy === "exact" && form === "4" ? "4 exact" : form;
    add("decode", dense && form === "8" ? "32" : blocks);
    const rounded = accuracy === "int8" && shape.length > 1 && !head;
    const inChunks = dense ? "32" : rounded ? "int8" : blocks;
    add("question", inChunks);
    if (!head && name !== "norm.weight" && !behindKeys(name, layers)) {
      add("prefill", inChunks);
    }
  }
  const steps = { ...sizes.decode };
  if (apart) steps.graph += embedding;
  if (apart || packed) steps.open += embedding;
  return { ...sizes, steps, embedding };
}

/** Whether a tensor of the last layer comes behind its keys and values, where a prefill without a question ends. */
function behindKeys(name: string, layers: number): boolean {
  return name.startsWith(`layers.${layers - 1}.`) &&
    /\.(query|output|gate|up|down|mlp_norm)\./.test(name);
}

/** What a weight is in a session: blocks of so many bits, with an integer product or fp32; rounded to 8 bits; fp32. */
type Form = "4" | "4 exact" | "8" | "int8" | "32";

/** Bytes a weight in a graph: blocks with an fp32 scale, those of 4 bits with a minimum. */
const graphBytes: Readonly<Record<Form, number>> = {
  "4": 0.5 + 8 / 32,
  "4 exact": 0.5 + 8 / 32,
  "8": 1 + 4 / 32,
  int8: 1,
  "32": 4,
};

/**
 * Bytes a weight in an open session. ONNX Runtime keeps, beside the constant, the numbers as its integer kernels want
 * them: of 4-bit blocks, and of whole matrices of 8 bits. Measured as what a session adds to the resident set (bundled
 * model and SmolLM2-135M, ONNX Runtime 1.30.0, x64): 1.23 and 1.9 bytes; the other forms stay as large as they were.
 */
const openBytes: Readonly<Record<Form, number>> = {
  ...graphBytes,
  "4": graphBytes["4"] + 0.5,
  int8: 2,
};

/** How a tensor is held, from its bytes a weight in the file; formats of 5 and 6 bits are held as 8. */
function fileForm(bytes: number): "4" | "8" | "32" {
  if (bytes <= 0.65) return "4";
  return bytes <= 1.2 ? "8" : "32";
}
