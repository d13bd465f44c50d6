import { ARCHITECTURES } from "../architectures/list.ts";
import { FormatError } from "../format_error.ts";
import {
  flatConfig,
  hfConfig,
  hfModelType,
} from "../huggingface/hf_config_schema.ts";
import { checkJson } from "../files/json_file.ts";
import type { LayerKind, ModelConfig } from "../model_config.ts";

/**
 * Which layers of an exported model slide and how scores are capped, by its `config.json`: exporters write masks that
 * are not read here, and leave caps out. Nothing where the architecture is unknown, so that it cannot be said.
 */
export function configuredAttention(
  config: unknown,
  path: string,
): Pick<ModelConfig, "layerKinds" | "scoreCap"> | undefined {
  const given = hfModelType.safeParse(config).data;
  const type = given?.text_config?.model_type ?? given?.model_type;
  const architecture = ARCHITECTURES.find(({ name }) => name === type);
  if (!given || !architecture) return undefined;
  try {
    const flat = flatConfig(given, architecture.defaults);
    const known = checkJson(flat, hfConfig, path);
    const { layerKinds, scoreCap } = architecture.fromHf(known, path);
    // What turns layers is in the graph.
    const kinds = layerKinds?.map(({ sliding }): LayerKind => ({
      rope: "model",
      ...(sliding !== undefined && { sliding }),
    }));
    return {
      ...(kinds?.some(({ sliding }) => sliding) && { layerKinds: kinds }),
      ...(scoreCap !== undefined && { scoreCap }),
    };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
