import type { Architecture } from "../architecture.ts";
import { hfSlides, layerKinds, slidingKind } from "../layer_kinds.ts";
import { llama } from "./llama.ts";

/** Qwen 2 and 2.5: Llama with biases on query, key and value; layers behind `max_window_layers` may slide. */
export const qwen2: Architecture = {
  ...llama,
  name: "qwen2",
  ggufName: "qwen2",
  defaults: {
    ["max_position_embeddings"]: 32768,
    ["use_sliding_window"]: false,
    ["sliding_window"]: 4096,
    ["max_window_layers"]: 28,
  },
  ggufPairs: false,
  fromHf: (config, path) => ({
    ...qwenWindows(config, path),
    attentionBias: true,
  }),
  fromGguf: () => ({}),
};

/** Layers of the Qwen families; llama.cpp has no windows for them, nor have their GGUF files. */
export const qwenWindows: Architecture["fromHf"] = (config, path) => {
  const sliding = config.use_sliding_window ? config.sliding_window : undefined;
  const slides = hfSlides(
    config,
    path,
    (layer) => layer >= (config.max_window_layers ?? 0),
  );
  return layerKinds(
    config.num_hidden_layers,
    (layer) => slidingKind(slides(layer) ? sliding : undefined),
  );
};
