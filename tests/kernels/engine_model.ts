import type { ModelConfig } from "../../io/model_config.ts";
import type { EngineName } from "../../kernels/engine/protocol.ts";
import { familyModel } from "../../kernels/family/family_model.ts";
import type { Accuracy } from "../../kernels/layers/linear.ts";
import { OnnxModel } from "../../kernels/model/onnx_model.ts";
import {
  randomWeights,
  smallConfig,
} from "../../kernels/model/random_model.ts";

/** A random model with one worker and one thread on an engine that is named, as `loadModel` leaves no choice of. */
export async function engineModel(
  engine: EngineName,
  accuracy: Accuracy = "exact",
  config: ModelConfig = smallConfig,
  { provider = "cpu", tokenizer = {} as OnnxModel["tokenizer"] }: {
    readonly provider?: "cpu" | "cuda";
    readonly tokenizer?: OnnxModel["tokenizer"];
  } = {},
): Promise<OnnxModel> {
  return new OnnxModel({
    ...await familyModel(randomWeights(config, 1), config, {
      accuracy,
      provider,
    }),
    workers: 1,
    threads: 1,
    provider,
    engine,
    tokenizer,
    close: () => Promise.resolve(),
  });
}
