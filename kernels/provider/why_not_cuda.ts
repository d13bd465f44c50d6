import type { ModelConfig } from "../../io/model_config.ts";

/** What CUDA's attention asks of a model in 16 bits: why it cannot take this one; `undefined` where it can. */
export function whyNotCuda(
  { headDim, ropeDim }: Pick<ModelConfig, "headDim" | "ropeDim">,
): string | undefined {
  if (headDim % 16 !== 0) {
    return `CUDA's attention takes heads whose width is a multiple of 16, this model's is ${headDim}; take provider: cpu`;
  }
  if (ropeDim % 16 !== 0) {
    return `CUDA's attention turns a multiple of 16 dimensions of a head, this model ${ropeDim}; take provider: cpu`;
  }
  return undefined;
}
