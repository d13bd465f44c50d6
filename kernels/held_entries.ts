import type { ModelConfig } from "../io/model_config.ts";
import { layerKind } from "./layer_kind.ts";

/**
 * Entries of a chunk that layer `layer` holds for rows behind it: all, with a sliding window the newest that such a row
 * can still see. The first row behind `entries` entries sees window − 1 of them.
 */
export function heldEntries(
  config: Pick<ModelConfig, "layerKinds">,
  layer: number,
  entries: number,
): number {
  const { sliding } = layerKind(config, layer);
  return sliding === undefined
    ? entries
    : Math.min(entries, Math.max(sliding - 1, 1));
}

/** Entries that the layers of a chunk hold at most. */
export function mostHeld(
  config: Pick<ModelConfig, "layers" | "layerKinds">,
  entries: number,
): number {
  const layers = Array.from({ length: config.layers }, (_, l) => l);
  return Math.max(...layers.map((l) => heldEntries(config, l, entries)));
}

/** Bytes of a chunk's keys and values, fp32, where no layer keeps more than `keep` entries a head. */
export function heldBytes(
  config: Pick<ModelConfig, "layers" | "layerKinds" | "kvHeads" | "headDim">,
  entries: number,
  keep = entries,
): number {
  let held = 0;
  for (let l = 0; l < config.layers; l++) {
    held += Math.min(keep, heldEntries(config, l, entries));
  }
  return held * 2 * config.kvHeads * config.headDim * 4;
}

/** The first layer whose rows see as far as those of layer `layer`: such layers can hold the same entries. */
export function firstAlike(
  config: Pick<ModelConfig, "layerKinds">,
  layer: number,
): number {
  const { sliding } = layerKind(config, layer);
  const kinds = config.layerKinds ?? [];
  return Math.max(kinds.findIndex((kind) => kind.sliding === sliding), 0);
}
