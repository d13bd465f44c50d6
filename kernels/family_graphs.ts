import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { decodeGraph } from "./decode_graph.ts";
import { decodeWeights } from "./decode_weights.ts";
import type { Accuracy } from "./linear.ts";
import { prefillGraph } from "./prefill_graph.ts";
import { queryGraph } from "./query_graph.ts";
import type { SessionGraphs } from "./session_graphs.ts";

/** Session graphs that a family writes from a file's weights. */
export function familyGraphs(model: {
  readonly weights: WeightSource;
  readonly config: ModelConfig;
  readonly accuracy: Accuracy;
}): SessionGraphs {
  const { weights, config, accuracy } = model;
  return {
    prefill: (question, eviction) =>
      prefillGraph(weights, config, {
        accuracy,
        question,
        ...(eviction && { eviction }),
      }),
    decode(form) {
      const source = accuracy === "exact" ? decodeWeights(weights) : weights;
      return decodeGraph(source, config, accuracy, form);
    },
    queries: () => queryGraph(weights, config, accuracy),
  };
}
