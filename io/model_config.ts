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
    readonly originalWindow: number;
    readonly betaFast: number;
    readonly betaSlow: number;
    readonly attentionFactor?: number;
    readonly mscale?: number;
    readonly mscaleAllDim?: number;
  }
  /** Per-frequency factors given by the file (GGUF `rope_freqs.weight`). */
  | { readonly type: "factors"; readonly factors: Float32Array };

/** A decoder's shape, whatever file it came from. */
export interface ModelConfig {
  /** `llama`; the key into the family table. */
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
  readonly bosId: number | null;
  /** Whether text starts with BOS. */
  readonly addBos: boolean;
  /** Every id that ends an answer. */
  readonly stopIds: readonly number[];
}
