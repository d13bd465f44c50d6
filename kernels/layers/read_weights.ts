import type { ModelConfig } from "../../io/model_config.ts";
import { type LayerRole, roleShape } from "../../io/tensor_role.ts";
import type { WeightSource } from "../../io/weights.ts";
import type { HeadWeights, LayerWeights } from "./family.ts";
import type { LinearWeight } from "./linear.ts";

/** Reads a layer's weights; norms that the model has not are absent. */
export async function readLayer(
  weights: WeightSource,
  config: ModelConfig,
  index: number,
): Promise<LayerWeights> {
  const at = (role: LayerRole) => `layers.${index}.${role}`;
  const linear = (role: LayerRole) => {
    const [out, inner] = roleShape(role, config) as [number, number];
    return readLinear(weights, at(role), out, inner);
  };
  const norm = async <K extends keyof LayerWeights>(
    key: K,
    role: LayerRole,
  ) => {
    const name = `${at(role)}.weight`;
    return (weights.has(name)
      ? { [key]: await weights.readDense(name) }
      : {}) as { readonly [P in K]?: Float32Array };
  };
  return {
    ...await norm("attentionNorm", "attention_norm"),
    query: await linear("query"),
    key: await linear("key"),
    value: await linear("value"),
    ...await norm("queryNorm", "query_norm"),
    ...await norm("keyNorm", "key_norm"),
    output: await linear("output"),
    ...await norm("attentionPostNorm", "attention_post_norm"),
    ...await norm("mlpNorm", "mlp_norm"),
    mlp: {
      gate: await linear("gate"),
      up: await linear("up"),
      down: await linear("down"),
    },
    ...await norm("mlpPostNorm", "mlp_post_norm"),
  };
}

/** Reads the weights above the layers. */
export async function readHead(
  weights: WeightSource,
  { tiedHead, vocab, hidden }: ModelConfig,
): Promise<HeadWeights> {
  const name = tiedHead ? "embedding" : "head";
  return {
    norm: await weights.readDense("norm.weight"),
    head: await readLinear(weights, name, vocab, hidden),
  };
}

/** Reads `name.weight` and, where the model has one, `name.bias`. */
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
