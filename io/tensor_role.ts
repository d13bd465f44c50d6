import type { ModelConfig } from "./model_config.ts";

/** What a tensor does in a decoder layer; names of weights are `layers.3.query.weight`. */
export type LayerRole =
  | "attention_norm"
  | "query"
  | "key"
  | "value"
  | "query_norm"
  | "key_norm"
  | "output"
  | "attention_post_norm"
  | "mlp_norm"
  | "gate"
  | "up"
  | "down"
  | "mlp_post_norm";

/** What a tensor does outside the layers; names of weights are `embedding.weight`. */
export type OuterRole = "embedding" | "norm" | "head";

/** Whether a role is that of a norm, outside the layers and in them. */
export function isNorm(role: LayerRole | OuterRole): boolean {
  return role === "norm" || role.endsWith("_norm");
}

/**
 * Shape of a role's weight in a model of this configuration.
 *
 * @param wholeRows Query and key are normed by the whole row; default: each head by itself.
 */
export function roleShape(
  role: LayerRole | OuterRole,
  config: Pick<
    ModelConfig,
    "hidden" | "ffn" | "heads" | "kvHeads" | "headDim" | "vocab"
  >,
  wholeRows = false,
): readonly number[] {
  const { hidden, ffn, headDim, vocab } = config;
  const queries = config.heads * headDim;
  const keys = config.kvHeads * headDim;
  switch (role) {
    case "embedding":
    case "head":
      return [vocab, hidden];
    case "query":
      return [queries, hidden];
    case "key":
    case "value":
      return [keys, hidden];
    case "output":
      return [hidden, queries];
    case "query_norm":
      return [wholeRows ? queries : headDim];
    case "key_norm":
      return [wholeRows ? keys : headDim];
    case "gate":
    case "up":
      return [ffn, hidden];
    case "down":
      return [hidden, ffn];
    default:
      return [hidden];
  }
}
