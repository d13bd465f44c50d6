import type { PositionMap } from "./position_map.ts";

/** How RoPE's frequencies are scaled; names follow Hugging Face's `rope_scaling.rope_type`. */
export type RopeScaling =
  | { readonly type: "none" }
  | { readonly type: "linear"; readonly factor: number }
  | {
    readonly type: "dynamic";
    readonly factor: number;
    readonly originalWindow: number;
  }
  | {
    readonly type: "llama3";
    readonly factor: number;
    readonly lowFreqFactor: number;
    readonly highFreqFactor: number;
    readonly originalWindow: number;
  }
  | {
    readonly type: "yarn";
    readonly factor: number;
    /** The factor is positions of the run over the original window, where that is more (dynamic scaling of the paper). */
    readonly byLength?: true;
    readonly originalWindow: number;
    readonly betaFast: number;
    readonly betaSlow: number;
    readonly attentionFactor?: number;
    readonly mscale?: number;
    readonly mscaleAllDim?: number;
  }
  /** Phi-3's: factors by frequency, one list up to the original window and one beyond it. */
  | {
    readonly type: "longrope";
    readonly short: Float32Array; // [ropeDim / 2]
    readonly long: Float32Array; // [ropeDim / 2]
    readonly originalWindow: number;
    /** On cosines and sines. */
    readonly attentionFactor: number;
  }
  /** Per-frequency factors given by the file (GGUF `rope_freqs.weight`). */
  | { readonly type: "factors"; readonly factors: Float32Array };

/** RoPE's base and scaling. */
export interface RopeKind {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** What the rows of one layer see of the entries before them, and how it turns them. */
export interface LayerKind {
  /** Newest entries that a row sees, itself included: entry at position e if row − e < sliding; absent: all. */
  readonly sliding?: number;
  /** `local`: by the configuration's `localRope`; `none`: not at all (NoPE). */
  readonly rope: "model" | "local" | "none";
}

/** A decoder's shape, whatever file it came from. Optional fields that are absent mean what Llama does. */
export interface ModelConfig {
  /** Hugging Face's `model_type` (`llama`, `qwen3`, `gemma2`); the key into the family table. */
  readonly architecture: string;
  readonly name: string;
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocab: number;
  /** Trained window in tokens. */
  readonly window: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** Dimensions of a head that rotate (headDim unless partial). */
  readonly ropeDim: number;
  readonly ropeScaling: RopeScaling;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  /** Of the gated MLP; default: `silu`. */
  readonly activation?: "silu" | "gelu-tanh";
  /** Scores are query · key times this; default: 1 / √headDim. */
  readonly attentionScale?: number;
  /** Scores s become cap · tanh(s / cap), before the mask. */
  readonly scoreCap?: number;
  /** Logits likewise. */
  readonly logitCap?: number;
  /** What token embeddings are multiplied by; default: 1. */
  readonly embeddingScale?: number;
  /** By layer, where not all see everything and turn alike. */
  readonly layerKinds?: readonly LayerKind[];
  /** RoPE of the layers of kind `local`. */
  readonly localRope?: RopeKind;
  /** How a run has rows take distances otherwise; absent: as they are. No file says it. */
  readonly positionMap?: PositionMap;
  readonly bosId: number | null;
  /** Whether text starts with BOS. */
  readonly addBos: boolean;
  /** Every id that ends an answer. */
  readonly stopIds: readonly number[];
}
