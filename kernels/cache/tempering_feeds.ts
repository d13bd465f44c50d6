import type { KvCache, KvLayer } from "./kv_cache.ts";
import type { WireTensor } from "../engine/protocol.ts";

/** Inputs `temperature` and `scale` of a session that tempers: one number an item, 1 for a cache that is as it is. */
export function temperingFeeds(
  caches: readonly Pick<KvCache, "tempering">[],
  dims: readonly number[],
): Record<"temperature" | "scale", WireTensor> {
  const tensor = (name: "temperature" | "scale"): WireTensor => ({
    type: "float32",
    data: Float32Array.from(caches, ({ tempering }) => tempering?.[name] ?? 1), // [batch]
    dims,
  });
  return { temperature: tensor("temperature"), scale: tensor("scale") };
}

/** 1 for entries that are tempered, 0 for the lead, for padding, and for a cache that is as it is. */
export function temperedEntries(
  { kvHeads, tempering }: Pick<KvCache, "kvHeads" | "tempering">,
  { entries, counts, positions }: KvLayer,
): Float32Array {
  const from = tempering?.from ?? Infinity;
  const tempered = Float32Array.from(positions, (at) => at < from ? 0 : 1); // [kvHeads, 1, entries]
  for (let h = 0; counts && h < kvHeads; h++) {
    tempered.fill(0, h * entries + counts[h]!, (h + 1) * entries);
  }
  return tempered;
}
