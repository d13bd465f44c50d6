import type { ModelConfig } from "../../io/model_config.ts";
import type { EvictedItem } from "../eviction/eviction.ts";
import { layerKind } from "../layers/layer_kind.ts";

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

/**
 * Bytes of a chunk's keys and values, fp32, where no layer keeps more than `keep` entries a head.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { heldBytes } from "parallelcomp";
 *
 * const layerKinds = [{ rope: "model", sliding: 4 }, { rope: "model" }] as const;
 * const config = { layers: 2, kvHeads: 1, headDim: 8, layerKinds };
 * assert.equal(heldBytes(config, 10), (3 + 10) * 2 * 8 * 4);
 * ```
 */
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

/** Entries that every head of a layer keeps of an item: with a sliding window only such as it holds. */
export function keptEntries(
  { ids, keep, budget = keep, safe }: EvictedItem,
  config: Pick<ModelConfig, "layerKinds">,
  layer: number,
): number {
  if (layerKind(config, layer).sliding === undefined) return keep;
  const held = heldEntries(config, layer, ids.length);
  const needed = safe.subarray(ids.length - held).reduce((a, b) => a + b, 0);
  return Math.min(held, Math.max(budget, needed));
}

/** Bytes of what is kept of an item, fp32. */
export function keptBytes(
  item: EvictedItem,
  config: Pick<ModelConfig, "layers" | "layerKinds" | "kvHeads" | "headDim">,
): number {
  let kept = 0;
  for (let l = 0; l < config.layers; l++) kept += keptEntries(item, config, l);
  return kept * 2 * config.kvHeads * config.headDim * 4;
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
