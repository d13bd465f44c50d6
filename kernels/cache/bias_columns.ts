import type { ModelConfig } from "../../io/model_config.ts";
import type { KvCache, KvLayer } from "./kv_cache.ts";
import { attentionScale } from "../layers/layer_kind.ts";

/** Numbers that a head has more where scores have a bias: attention that turns takes heads of multiples of 16. */
export const BIAS_DIMS = 16;

/** Those of them that hold a bias: what it is in the precision of the cache, and what that leaves of it. */
export const BIASES = 2;

/** Largest heads that CUDA's attention over a room takes. */
const LARGEST_HEAD = 256;

/** Largest number that a column holds, in 16 bits too. */
const LARGEST = 60000;

/** The model as attention sees it whose heads hold a bias: larger ones, whose scores are scaled as before. */
export function biasedConfig(config: ModelConfig): ModelConfig {
  const headDim = config.headDim + BIAS_DIMS;
  return { ...config, headDim, attentionScale: attentionScale(config) };
}

/** Whether some entry's scores are corrected. */
export function hasBias({ layers }: Pick<KvCache, "layers">): boolean {
  return layers.some(({ bias }) => bias?.some((value) => value !== 0));
}

/** Whether heads can hold a bias: not where scores are capped, for it comes behind the cap, nor where heads grow too large. */
export function headsHoldBias(
  { scoreCap, headDim }: Pick<ModelConfig, "scoreCap" | "headDim">,
): boolean {
  return scoreCap === undefined && headDim + BIAS_DIMS <= LARGEST_HEAD;
}

/** Whether keys can hold a cache's bias, which 16 bits have to. */
export function canHoldBias(
  config: ModelConfig,
  { layers }: Pick<KvCache, "layers">,
): boolean {
  const most = LARGEST * attentionScale(config);
  return headsHoldBias(config) &&
    layers.every(({ bias }) =>
      bias?.every((value) => Math.abs(value) <= most) ?? true
    );
}

/**
 * What keys hold behind their own numbers so that `scale` · query · key has the bias in it: a number in the precision of
 * the cache, and the rest. In 8 bits, where a head's largest bias is 127 steps, the rest has as many again: what is lost
 * is less than 1/60,000 of that bias.
 */
export function biasColumns(
  { bias, entries }: Pick<KvLayer, "bias" | "entries">,
  { kvHeads, scale, held }: {
    readonly kvHeads: number;
    readonly scale: number;
    readonly held: "float32" | "float16" | "int8";
  },
): Float32Array {
  const columns = new Float32Array(kvHeads * entries * BIASES); // [kvHeads, entries, BIASES]
  for (let head = 0; bias && head < kvHeads; head++) {
    const own = bias.subarray(head * entries, (head + 1) * entries); // [entries]
    const rounded = rounding(own, scale, held);
    for (const [i, value] of own.entries()) {
      const at = (head * entries + i) * BIASES;
      columns[at] = rounded(value / scale);
      columns[at + 1] = value / scale - columns[at]!;
    }
  }
  return columns;
}

/** How a head's first column is rounded. */
function rounding(
  bias: Float32Array, // [entries]
  scale: number,
  held: "float32" | "float16" | "int8",
): (value: number) => number {
  if (held === "float32") return (value) => value;
  if (held === "float16") {
    const half = new Float16Array(1);
    return (value) => {
      half[0] = value;
      return half[0];
    };
  }
  const most = bias.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const step = most / scale / 127;
  return (value) => step === 0 ? 0 : Math.round(value / step) * step;
}
