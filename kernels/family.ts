import type { ModelConfig } from "../io/model_config.ts";
import type { WeightData, WeightSource } from "../io/weights.ts";
import type { LinearWeight } from "./linear.ts";
import type { MlpWeights } from "./mlp.ts";

/** Weights of one decoder layer. */
export interface LayerWeights {
  readonly attentionNorm: Float32Array; // [hidden]
  readonly query: LinearWeight;
  readonly key: LinearWeight;
  readonly value: LinearWeight;
  readonly output: LinearWeight;
  readonly mlpNorm: Float32Array; // [hidden]
  readonly mlp: MlpWeights;
}

/** Weights above the layers. */
export interface HeadWeights {
  readonly norm: Float32Array; // [hidden]
  readonly head: LinearWeight; // [vocab, hidden]
}

/** A model family: where its weights are found in a file. */
export interface Family {
  readonly architecture: string;
  layer(
    weights: WeightSource,
    config: ModelConfig,
    index: number,
  ): Promise<LayerWeights>;
  head(weights: WeightSource, config: ModelConfig): Promise<HeadWeights>;
  /** The token embedding, `[vocab, hidden]`. */
  embedding(weights: WeightSource): Promise<WeightData>;
}
