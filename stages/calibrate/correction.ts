import type { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import { keepEntries, keepsAll } from "../cache/keep_entries.ts";
import type { LayerStatistics } from "./layer_statistics.ts";

/** What a calibrator does to one layer; what is absent changes nothing. */
export interface Correction {
  /** 1 where an entry is kept. */
  readonly keep?: Uint8Array; // [kvHeads, entries]
  /** Added to the scores that rows behind the cache give an entry, before softmax. */
  readonly bias?: Float32Array; // [kvHeads, entries]
  /** Multiplies the weight of an entry in softmax: the same as the bias log(factor). */
  readonly factor?: Float32Array; // [kvHeads, entries]
}

/** A checked correction: factors are in the bias. */
export interface CheckedCorrection {
  readonly keep: Uint8Array; // [kvHeads, entries]
  readonly bias?: Float32Array; // [kvHeads, entries]
}

/** Checks what a rule gave for a layer. Index 0 (BOS) is kept whatever it says. */
export function checkCorrection(
  given: Uint8Array | Correction,
  { indices, kvHeads, entries }: LayerStatistics,
): CheckedCorrection {
  const { keep, bias, factor } = given instanceof Uint8Array
    ? { keep: given, bias: undefined, factor: undefined }
    : given;
  for (const [name, data] of Object.entries({ keep, bias, factor })) {
    if (!data || data.length === kvHeads * entries) continue;
    const what = name === "keep" ? "keep mask" : name;
    throw new TypeError(
      `A ${what} must have ${kvHeads} x ${entries} values, got ${data.length}`,
    );
  }
  const kept = Uint8Array.from(
    indices,
    (index, at) => index === 0 ? 1 : keep?.[at] ?? 1,
  ); // [kvHeads, entries]
  if (!bias && !factor) return { keep: kept };
  const total = Float32Array.from(
    indices,
    (_, at) => (bias?.[at] ?? 0) + Math.log(factor?.[at] ?? 1),
  ); // [kvHeads, entries]
  const odd = total.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new RangeError(
      `A bias must be finite and a factor above 0, got ${
        bias?.[odd] ?? 0
      } and ${factor?.[odd] ?? 1} for KV head ${
        Math.floor(odd / entries)
      }, entry ${odd % entries}; drop an entry by the keep mask`,
    );
  }
  return { keep: kept, bias: total };
}

/** A cache after its correction. */
export interface CorrectedCache {
  readonly cache: KvCache;
  /** `same`: nothing changed. `read`: the old cache's memory, read differently. `new`: smaller memory of its own. */
  readonly memory: "same" | "read" | "new";
}

/** Applies corrections to every layer; a bias adds to the one that is there. Heads may end ragged. */
export function correctCache(
  arena: Arena,
  cache: KvCache,
  corrections: readonly CheckedCorrection[], // layers
): CorrectedCache {
  const biased: KvCache = corrections.some(({ bias }) => bias?.some(Boolean))
    ? {
      ...cache,
      layers: cache.layers.map((layer, l) =>
        withBias(layer, corrections[l]!.bias)
      ),
    }
    : cache;
  const keep = corrections.map((correction) => correction.keep);
  if (!keepsAll(cache, keep)) {
    const kept = keepEntries(arena, [{ cache: biased, keep }]);
    return { cache: kept, memory: "new" };
  }
  return { cache: biased, memory: biased === cache ? "same" : "read" };
}

function withBias(layer: KvLayer, bias?: Float32Array): KvLayer {
  if (!bias) return layer;
  const total = layer.bias
    ? bias.map((value, at) => value + layer.bias![at]!) // [kvHeads, entries]
    : bias;
  return { ...layer, bias: total };
}
