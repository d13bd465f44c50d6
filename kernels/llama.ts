import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import type { Family } from "./family.ts";
import type { LinearWeight } from "./linear.ts";

/** Llama 2 and 3, SmolLM2 and everything of their shape: pre-norm, RoPE, GQA, SwiGLU. */
export const llama: Family = {
  architecture: "llama",

  async layer(weights, config, index) {
    const at = `model.layers.${index}`;
    const { hidden, ffn, heads, kvHeads, headDim } = config;
    const attention = (name: string, out: number, inner: number) =>
      readLinear(weights, `${at}.self_attn.${name}`, out, inner);
    const mlp = (name: string, out: number, inner: number) =>
      readLinear(weights, `${at}.mlp.${name}`, out, inner);
    return {
      attentionNorm: await weights.readDense(`${at}.input_layernorm.weight`),
      query: await attention("q_proj", heads * headDim, hidden),
      key: await attention("k_proj", kvHeads * headDim, hidden),
      value: await attention("v_proj", kvHeads * headDim, hidden),
      output: await attention("o_proj", hidden, heads * headDim),
      mlpNorm: await weights.readDense(`${at}.post_attention_layernorm.weight`),
      mlp: {
        gate: await mlp("gate_proj", ffn, hidden),
        up: await mlp("up_proj", ffn, hidden),
        down: await mlp("down_proj", hidden, ffn),
      },
    };
  },

  async head(weights, config: ModelConfig) {
    const name = config.tiedHead ? "model.embed_tokens" : "lm_head";
    return {
      norm: await weights.readDense("model.norm.weight"),
      head: await readLinear(weights, name, config.vocab, config.hidden),
    };
  },

  embedding: (weights) => weights.read("model.embed_tokens.weight"),
};

/** Reads `name.weight` and, where the file has one, `name.bias`. */
async function readLinear(
  weights: WeightSource,
  name: string,
  out: number,
  inner: number,
): Promise<LinearWeight> {
  const shape = weights.shape(`${name}.weight`);
  if (shape[0] !== out || shape[1] !== inner) {
    throw new TypeError(
      `Tensor '${name}.weight' is [${shape}], the model's config says [${out},${inner}]`,
    );
  }
  const data = await weights.read(`${name}.weight`);
  if (!weights.has(`${name}.bias`)) return { data, out, in: inner };
  const bias = await weights.readDense(`${name}.bias`);
  return { data, out, in: inner, bias };
}
