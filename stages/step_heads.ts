import type { ModelConfig } from "../io/model_config.ts";
import { BIAS_DIMS, headsHoldBias } from "../kernels/cache/bias_columns.ts";
import { canStep } from "../kernels/family/step_graph.ts";

/** What is known of a run's cache. */
export interface StepCache {
  /** Whether the scores of entries may have a bias; default: they have none. */
  readonly biased?: boolean;
}

/** Whether a run's answer is decoded by steps. */
export function takesSteps(
  config: ModelConfig,
  { biased = false }: StepCache,
): boolean {
  return canStep(config) && (!biased || headsHoldBias(config));
}

/** How many times as large the heads are that steps read: those that hold a bias are larger. */
export function widerBy(
  { headDim }: Pick<ModelConfig, "headDim">,
  { biased = false }: StepCache,
): number {
  return biased ? 1 + BIAS_DIMS / headDim : 1;
}
