import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { LanguageModel } from "../language_model.ts";
import { type ModelParts, OnnxModel } from "../model/onnx_model.ts";
import { examineExported } from "./examine.ts";
import { exportedGraphs } from "./exported_graphs.ts";
import { WholeModel } from "./whole_model.ts";

/**
 * The model of an exported decoder: with the kernels' attention in place of its own, or, where that cannot be read,
 * with its own and what works with that.
 *
 * @throws {FormatError} If neither can be.
 */
export function loadExported(
  decoder: ExportedDecoder,
  config: ModelConfig,
  rest: Omit<ModelParts, "graphs" | "config">,
): LanguageModel {
  const examined = examineExported(decoder);
  const { whole: reason, graph, problems } = examined;
  if (reason === undefined || problems.length > 0) {
    return new OnnxModel({
      ...rest,
      ...exportedGraphs(decoder, config, examined),
    });
  }
  const parts = { ...rest, decoder, graph, reason };
  return new WholeModel({ ...parts, config: wholeConfig(config) });
}

/** Sliding layers bound the window: inside it they see what any other sees. */
function wholeConfig({ layerKinds = [], ...config }: ModelConfig): ModelConfig {
  const widths = layerKinds.flatMap(({ sliding }) => sliding ?? []);
  return { ...config, window: Math.min(config.window, ...widths) };
}
