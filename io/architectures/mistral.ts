import type { Architecture } from "../architecture.ts";
import { layerKinds, slidingKind } from "../layer_kinds.ts";
import { llama } from "./llama.ts";

/** Mistral: Llama whose layers may all slide. Its GGUF files say `llama`, and seldom the window, which llama.cpp passes over. */
export const mistral: Architecture = {
  ...llama,
  name: "mistral",
  ggufName: undefined,
  defaults: {
    ["max_position_embeddings"]: 131072,
    ["num_key_value_heads"]: 8,
    ["sliding_window"]: 4096,
  },
  fromHf: ({ num_hidden_layers: layers, sliding_window: sliding }) =>
    layerKinds(layers, () => slidingKind(sliding)),
};
