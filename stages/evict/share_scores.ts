import type { ModelConfig } from "../../io/model_config.ts";
import { firstAlike } from "../../kernels/cache/held_entries.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";

/** Who keeps the same entries: each KV head its own, a layer's heads, or the whole model. */
export type Share = "none" | "layer" | "model";

/** How the scores of heads that share become one. */
export type Agree = "mean" | "max";

/**
 * Replaces scores by their mean, or the largest, over the heads (and layers) that share; all must hold the same entries.
 * Layers that hold nothing but the newest, because of a sliding window, share among themselves.
 *
 * @param config Says which layers these are. Without it they must hold the newest of what the longest layer holds, which
 * is so in a chunk from which nothing was dropped, and not in several that were merged.
 */
export function shareScores(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  cache: KvCache,
  share: Share,
  config?: Pick<ModelConfig, "layerKinds">,
  agree: Agree = "mean",
): void {
  if (share === "none") return;
  checkAligned(cache, share, config);
  for (const layers of groupsOf(scores, share, config)) {
    const entries = layers[0]!.length / cache.kvHeads;
    for (let i = 0; i < entries; i++) {
      let sum = 0;
      let most = -Infinity;
      for (const layer of layers) {
        for (let at = i; at < layer.length; at += entries) {
          sum += layer[at]!;
          most = Math.max(most, layer[at]!);
        }
      }
      const one = agree === "max"
        ? most
        : sum / (layers.length * cache.kvHeads);
      for (const layer of layers) {
        for (let at = i; at < layer.length; at += entries) layer[at] = one;
      }
    }
  }
}

/** The layers that share. */
function groupsOf(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  share: Share,
  config: Pick<ModelConfig, "layerKinds"> | undefined,
): readonly Float32Array[][] {
  if (share === "layer") return scores.map((layer) => [layer]);
  const kind = (layer: Float32Array, l: number) =>
    config ? firstAlike(config, l) : layer.length;
  return [...Map.groupBy(scores, kind).values()];
}

function checkAligned(
  { layers, kvHeads }: KvCache,
  share: Share,
  config: Pick<ModelConfig, "layerKinds"> | undefined,
): void {
  const longest = layers.reduce((a, b) => b.entries > a.entries ? b : a);
  for (const [l, layer] of layers.entries()) {
    let all = layer;
    if (share === "model") {
      all = config ? layers[firstAlike(config, l)]! : longest;
    }
    if (
      config && layer.entries !== all.entries ||
      !holdsNewest(layer, all, kvHeads)
    ) {
      throw new RangeError(
        `Cannot share '${share}': the heads of layer ${l} hold different entries already; put the stage that drops entries per head behind this one`,
      );
    }
  }
}

/** Whether all heads of a layer hold the newest of what the first head of another holds. */
function holdsNewest(
  { entries, positions, chunks, counts }: KvLayer,
  all: KvLayer,
  kvHeads: number,
): boolean {
  const newest = all.entries - entries; // of the other layer's, those behind
  let aligned = !counts;
  for (let i = 0; aligned && i < kvHeads * entries; i++) {
    const at = newest + i % entries;
    aligned = positions[i] === all.positions[at] &&
      chunks?.[i] === all.chunks?.[at];
  }
  return aligned;
}
