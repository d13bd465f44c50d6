import type { Architecture } from "../architecture.ts";
import { ggufSlides, hfSlides, layerKinds } from "../layer_kinds.ts";
import type { ModelConfig } from "../model_config.ts";
import { gemma2, gemmaFromGguf, gemmaFromHf } from "./gemma2.ts";

/** Gemma 3's text model: Gemma 2 with norms on query and key instead of caps; five of six layers slide, with a RoPE of their own. */
export const gemma3: Architecture = {
  ...gemma2,
  name: "gemma3_text",
  ggufName: "gemma3",
  defaults: {
    ...gemma2.defaults,
    ["vocab_size"]: 262208,
    ["max_position_embeddings"]: 131072,
    ["rope_theta"]: 1e6,
    ["rope_local_base_freq"]: 10000,
    ["sliding_window_pattern"]: 6,
    ["attn_logit_softcapping"]: null,
    ["final_logit_softcapping"]: null,
  },
  hfNames: {
    ...gemma2.hfNames,
    "self_attn.q_norm": "query_norm",
    "self_attn.k_norm": "key_norm",
  },
  ggufNames: {
    ...gemma2.ggufNames,
    "attn_q_norm": "query_norm",
    "attn_k_norm": "key_norm",
  },
  fromHf(config, path) {
    const pattern = config.sliding_window_pattern ?? 6;
    const slides = hfSlides(config, path, (l) => (l + 1) % pattern !== 0);
    const theta = config.rope_parameters?.sliding_attention?.rope_theta ??
      config.rope_local_base_freq ?? 10000;
    return {
      ...gemmaFromHf(config, path),
      ...localLayers(
        config.num_hidden_layers,
        slides,
        config.sliding_window ?? undefined,
        theta,
      ),
    };
  },
  fromGguf(meta, shared) {
    const sliding = meta.number("gemma3.attention.sliding_window");
    const slides = ggufSlides(meta, "gemma3", 6);
    const theta = meta.number("gemma3.rope.freq_base_swa") ?? 10000;
    return {
      ...gemmaFromGguf(meta, "gemma3", shared, 62),
      ...(sliding ? localLayers(shared.layers, slides, sliding, theta) : {}),
    };
  },
};

/** Sliding layers with a RoPE of their own, which nothing scales. */
function localLayers(
  layers: number,
  slides: (layer: number) => boolean,
  sliding: number | undefined,
  theta: number,
): Pick<ModelConfig, "layerKinds" | "localRope"> {
  const kinds = layerKinds(
    layers,
    (layer) =>
      slides(layer)
        ? { ...(sliding !== undefined && { sliding }), rope: "local" }
        : { rope: "model" },
  );
  if (!kinds.layerKinds) return kinds;
  return { ...kinds, localRope: { theta, scaling: { type: "none" } } };
}
