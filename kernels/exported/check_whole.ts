import type { KvCache } from "../cache/kv_cache.ts";

/**
 * Refuses caches that an export's own attention cannot see: it takes one length for all heads and layers, whole
 * numbers, and no correction. A padded entry cannot be made invisible by its key, whatever that is.
 */
export function checkWhole(cache: KvCache, reason: string): void {
  const fail = (what: string, instead: string): never => {
    throw new TypeError(
      `The cache has ${what}, which the model's own attention cannot read, and no other can take its place: ${reason}; ${instead}`,
    );
  };
  const { layers, kvHeads, tempering } = cache;
  const entries = layers[0]?.entries ?? 0;
  for (const [l, layer] of layers.entries()) {
    const counts = layer.counts ?? new Int32Array(kvHeads).fill(layer.entries);
    const odd = counts.findIndex((count) => count !== entries);
    if (odd >= 0) {
      fail(
        `${
          counts[odd]
        } entries in layer ${l}, KV head ${odd}, and ${entries} in the first`,
        "use an evictor that keeps as many entries everywhere (keep: {entries: n}), and no calibration that drops some",
      );
    }
    if (layer.int8) fail("8-bit entries", "leave quantise.int8 out");
    if (layer.bias) fail("a correction (bias)", "leave the calibrator out");
  }
  if (tempering) fail("tempered scores", "leave the calibrator out");
}
