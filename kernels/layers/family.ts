import type { LinearWeight } from "./linear.ts";
import type { MlpWeights } from "./mlp.ts";

/** Weights of one decoder layer; a norm that a family has not is absent, and nothing stands in its place. */
export interface LayerWeights {
  /** Before the projections. */
  readonly attentionNorm?: Float32Array; // [hidden]
  readonly query: LinearWeight;
  readonly key: LinearWeight;
  readonly value: LinearWeight;
  /** Of query and key before RoPE: each head by itself, or the whole row, by the length. */
  readonly queryNorm?: Float32Array; // [headDim] or [heads · headDim]
  readonly keyNorm?: Float32Array; // [headDim] or [kvHeads · headDim]
  readonly output: LinearWeight;
  /** Behind the output projection, before the residual. */
  readonly attentionPostNorm?: Float32Array; // [hidden]
  /** Before the MLP. */
  readonly mlpNorm?: Float32Array; // [hidden]
  readonly mlp: MlpWeights;
  /** Behind the MLP, before the residual. */
  readonly mlpPostNorm?: Float32Array; // [hidden]
}

/** Weights above the layers. */
export interface HeadWeights {
  readonly norm: Float32Array; // [hidden]
  readonly head: LinearWeight; // [vocab, hidden]
}
