import type { Architecture } from "../architecture.ts";
import { hfSlides, layerKinds } from "../layer_kinds.ts";
import { llama } from "./llama.ts";

/** Every how many layers one does not rotate, where the file does not say; GGUF files never do. */
const INTERVAL = 4;

/** SmolLM 3: Llama with layers that do not rotate (NoPE), of which some checkpoints may slide. */
export const smollm3: Architecture = {
  ...llama,
  name: "smollm3",
  ggufName: "smollm3",
  defaults: {
    ["max_position_embeddings"]: 32768,
    ["num_key_value_heads"]: 4,
    ["rope_theta"]: 2e6,
    ["tie_word_embeddings"]: true,
  },
  fromHf(config, path) {
    const interval = config.no_rope_layer_interval ?? INTERVAL;
    const turns = (layer: number) =>
      (config.no_rope_layers?.[layer] ?? (layer + 1) % interval) !== 0;
    const sliding = config.use_sliding_window ? config.sliding_window : null;
    const slides = hfSlides(config, path, (layer) => !turns(layer));
    return layerKinds(config.num_hidden_layers, (layer) => ({
      ...(sliding && slides(layer) ? { sliding } : {}),
      rope: turns(layer) ? "model" : "none",
    }));
  },
  fromGguf: (_, { layers }) =>
    layerKinds(layers, (layer) => ({
      rope: (layer + 1) % INTERVAL === 0 ? "none" : "model",
    })),
};
