import { FormatError } from "./format_error.ts";
import type { ModelConfig } from "./model_config.ts";
import type { WeightSource } from "./weights.ts";

/**
 * Checks that every tensor a Llama model needs is there, in its shape.
 *
 * With `attentionBias` the biases of q, k and v are needed, that of the output
 * projection may be missing.
 *
 * @throws {FormatError} That names the first tensor that is not.
 */
export function checkWeights(
  weights: WeightSource,
  config: ModelConfig,
  path: string,
): void {
  const expect = (name: string, shape: readonly number[]) => {
    if (!weights.has(name)) {
      throw new FormatError(
        path,
        `tensor "${name}" is missing; the model is incomplete, so fetch it again`,
      );
    }
    const found = weights.shape(name);
    if (found.join() !== shape.join()) {
      throw new FormatError(
        path,
        `tensor "${name}" has the shape [${found}]; by the configuration it must be [${shape}]`,
      );
    }
  };
  const { hidden, ffn, vocab } = config;
  const queries = config.heads * config.headDim;
  const keys = config.kvHeads * config.headDim;
  expect("model.embed_tokens.weight", [vocab, hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const linear = (name: string, out: number, into: number, bias: boolean) => {
      expect(`${at}.${name}.weight`, [out, into]);
      if (bias) expect(`${at}.${name}.bias`, [out]);
    };
    expect(`${at}.input_layernorm.weight`, [hidden]);
    linear("self_attn.q_proj", queries, hidden, config.attentionBias);
    linear("self_attn.k_proj", keys, hidden, config.attentionBias);
    linear("self_attn.v_proj", keys, hidden, config.attentionBias);
    linear(
      "self_attn.o_proj",
      hidden,
      queries,
      weights.has(`${at}.self_attn.o_proj.bias`),
    );
    expect(`${at}.post_attention_layernorm.weight`, [hidden]);
    linear("mlp.gate_proj", ffn, hidden, config.mlpBias);
    linear("mlp.up_proj", ffn, hidden, config.mlpBias);
    linear("mlp.down_proj", hidden, ffn, config.mlpBias);
  }
  expect("model.norm.weight", [hidden]);
  if (!config.tiedHead) expect("lm_head.weight", [vocab, hidden]);
}
