import { withinWindow } from "../../io/layer_kinds.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import { layerKind } from "../layers/layer_kind.ts";
import type { Examined } from "./examine.ts";
import { tableSize } from "./table_size.ts";

/** The configuration with what the attention operators say: caps, sliding windows, how far their tables of RoPE go. */
export function siteConfig(
  config: ModelConfig,
  { graph, sites }: Examined,
): ModelConfig {
  const [scoreCap] = sites.map((site) => site.scoreCap);
  const slides = sites.some(({ sliding }) => sliding !== undefined);
  const turns = sites.flatMap(({ rotary }) => {
    const rows = rotary && tableSize(graph, rotary.cos)?.[0];
    return rows === undefined ? [] : [rows];
  });
  return withinWindow({
    ...config,
    window: Math.min(config.window, ...turns),
    ...(scoreCap !== undefined && { scoreCap }),
    ...(slides && {
      layerKinds: sites.map(({ sliding }, l) => ({
        ...layerKind(config, l),
        ...(sliding !== undefined && { sliding }),
      })),
    }),
  });
}
