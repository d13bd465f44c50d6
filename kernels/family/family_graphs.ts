import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { decodeGraph } from "./decode_graph.ts";
import { denseWeights } from "../layers/dense_weights.ts";
import type { GraphTarget } from "./graph_target.ts";
import type { Accuracy } from "../layers/linear.ts";
import { prefillGraph } from "./prefill_graph.ts";
import { rotatedWeights } from "../layers/rotated_weights.ts";
import { rotationMatrix } from "../layers/rotation.ts";
import { queryGraph } from "./query_graph.ts";
import { roomGraph, roundingGraph } from "../cache/room_graph.ts";
import { canStep, stepGraph } from "./step_graph.ts";
import type { SessionGraphs } from "../model/session_graphs.ts";

/** Session graphs that a family writes from a file's weights. */
export function familyGraphs(model: {
  readonly weights: WeightSource;
  readonly config: ModelConfig;
  readonly accuracy: Accuracy;
  readonly target: GraphTarget;
}): SessionGraphs {
  const { weights, config, accuracy, target } = model;
  const exact = accuracy === "exact";
  const forChunks = () =>
    exact && target.blocks ? denseWeights(weights, [4, 8]) : rotated || weights;
  const rotated = accuracy === "int8" && rotatedWeights(weights, config);
  // A matrix for each graph: building one takes its memory.
  const form = () => ({
    accuracy,
    target,
    ...(rotated && { rotation: rotationMatrix(config.hidden) }),
  });
  // Few rows read all weights, so that small ones are what counts: the file's blocks.
  const forRows = () => exact ? denseWeights(weights, [8]) : weights;
  const fewRows = exact ? "exact" : "fast";
  // Where activations are rounded to 8 bits, the cache that steps read is too.
  const held = target.blocks && !exact ? "int8" : target.products;
  return {
    prefill: (question, eviction) =>
      prefillGraph(forChunks(), config, {
        ...form(),
        question,
        ...(eviction && { eviction }),
      }),
    decode: (cache) => decodeGraph(forRows(), config, fewRows, cache, target),
    queries: () => queryGraph(forChunks(), config, form()),
    ...(canStep(config) && {
      steps: {
        products: target.products,
        cache: held,
        widens: target.blocks,
        steps: (form) =>
          stepGraph(forRows(), config, fewRows, target, {
            ...form,
            held,
            embedding: weights,
          }),
        room: (biased) =>
          held === "int8"
            ? roundingGraph(config, biased)
            : roomGraph(config, target, biased),
      },
    }),
  };
}
