import type { KvCache } from "../../kernels/cache/kv_cache.ts";

/** Who keeps the same entries: each KV head its own, a layer's heads, or the whole model. */
export type Share = "none" | "layer" | "model";

/**
 * Replaces scores by their mean over the heads (and layers) that share; all must hold the same entries. Layers that hold
 * nothing but the newest, because of a sliding window, share among themselves.
 */
export function shareScores(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  cache: KvCache,
  share: Share,
): void {
  if (share === "none") return;
  checkAligned(cache, share);
  const groups = share === "model"
    ? [...Map.groupBy(scores, (layer) => layer.length).values()]
    : scores.map((layer) => [layer]);
  for (const layers of groups) {
    const entries = layers[0]!.length / cache.kvHeads;
    for (let i = 0; i < entries; i++) {
      let sum = 0;
      for (const layer of layers) {
        for (let at = i; at < layer.length; at += entries) sum += layer[at]!;
      }
      const mean = sum / (layers.length * cache.kvHeads);
      for (const layer of layers) {
        for (let at = i; at < layer.length; at += entries) layer[at] = mean;
      }
    }
  }
}

function checkAligned({ layers, kvHeads }: KvCache, share: Share): void {
  const longest = layers.reduce((a, b) => b.entries > a.entries ? b : a);
  for (const [l, { entries, positions, counts }] of layers.entries()) {
    const all = share === "model" ? longest : layers[l]!;
    const newest = all.entries - entries; // of the longest layer's, those behind
    let aligned = !counts;
    for (let i = 0; aligned && i < kvHeads * entries; i++) {
      aligned = positions[i] === all.positions[newest + i % entries];
    }
    if (!aligned) {
      throw new RangeError(
        `Cannot share '${share}': the heads of layer ${l} hold different entries already; put the stage that drops entries per head behind this one`,
      );
    }
  }
}
