import type { KvCache } from "../../kernels/kv_cache.ts";

/** Who keeps the same entries: each KV head its own, a layer's heads, or the whole model. */
export type Share = "none" | "layer" | "model";

/** Replaces scores by their mean over the heads (and layers) that share; all must hold the same entries. */
export function shareScores(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  cache: KvCache,
  share: Share,
): void {
  if (share === "none") return;
  checkAligned(cache, share);
  const groups = share === "model" ? [scores] : scores.map((layer) => [layer]);
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
  for (const [l, { entries, positions, counts }] of layers.entries()) {
    const first = share === "model" ? layers[0]! : layers[l]!;
    let aligned = !counts && entries === first.entries;
    for (let i = 0; aligned && i < kvHeads * entries; i++) {
      aligned = positions[i] === first.positions[i % entries];
    }
    if (!aligned) {
      throw new RangeError(
        `Cannot share '${share}': the heads of layer ${l} hold different entries already; put the stage that drops entries per head behind this one`,
      );
    }
  }
}
