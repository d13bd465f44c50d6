import type { ModelConfig } from "../../io/model_config.ts";
import type { PrefillItem } from "../prefill/prefill_item.ts";

/**
 * By what the keys of a cache were turned, where that depends on the run: which of the two lists that `longrope` has, or
 * the positions that set the factor of `yarn` or, past the window, the base of `dynamic`.
 */
export type RopeFactors = "short" | "long" | number;

/** The factors for so many positions; nothing where RoPE has the same for all. */
export function ropeFactors(
  { ropeScaling }: Pick<ModelConfig, "ropeScaling">,
  positions: number,
): RopeFactors | undefined {
  if (ropeScaling.type === "yarn" && ropeScaling.byLength) return positions;
  if (ropeScaling.type === "dynamic") {
    return positions > ropeScaling.originalWindow ? positions : undefined;
  }
  if (ropeScaling.type !== "longrope") return undefined;
  return positions > ropeScaling.originalWindow ? "long" : "short";
}

/**
 * The factors of a chunk: by the positions that its run reaches, or by its entries alone. So chunks of one document turn
 * alike, a question turns alike in one pass and in two, and an answer that passes the original window goes on as it began.
 */
export function itemFactors(
  config: Pick<ModelConfig, "ropeScaling">,
  { ids, positions = ids.length }: PrefillItem,
): RopeFactors | undefined {
  return ropeFactors(config, positions);
}

/** The factors of rows behind a cache: those of its keys. */
export function cacheFactors(
  config: Pick<ModelConfig, "ropeScaling">,
  { cache, position }: {
    readonly cache: { readonly ropeFactors?: RopeFactors };
    readonly position: number;
  },
): RopeFactors | undefined {
  return cache.ropeFactors ?? ropeFactors(config, position);
}

/** Positions of a pass as RoPE's scaling counts them: with given factors so many that these are the ones. */
export function ropeLength(
  { ropeScaling }: Pick<ModelConfig, "ropeScaling">,
  factors: RopeFactors | undefined,
  positions: number,
): number {
  if (typeof factors === "number") {
    // Rows behind a cache go on as one growing pass would, which is what transformers does.
    return ropeScaling.type === "dynamic"
      ? Math.max(factors, positions)
      : factors;
  }
  if (ropeScaling.type !== "longrope" || !factors) return positions;
  const { originalWindow } = ropeScaling;
  return factors === "long" ? originalWindow + 1 : originalWindow;
}
