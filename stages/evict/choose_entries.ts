import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import type { Allocator } from "../allocate/allocator.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import { keepBest } from "./keep_best.ts";
import type { KeepMasks } from "../cache/keep_entries.ts";
import { headEntries } from "../cache/new_cache.ts";

/** Entries that stay whatever their score. */
export interface Protection {
  /** Positions below this: the lead and the sinks after it. */
  readonly below: number;
  /** Last entries of every head. */
  readonly recent: number;
  /** Stretches of positions, of one chunk or of all. */
  readonly spans?: EvictorOptions["protect"]["spans"];
  /** The chunk that entries are of, where they do not say so themselves. */
  readonly chunk?: number;
}

/**
 * Which entries every KV head keeps: the protected ones, then the best scores, `budget` in all; of equal scores the
 * smaller index. An allocator may give every head its own number. `scores` is changed.
 */
export function chooseEntries(
  cache: KvCache,
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  budget: number,
  protection: Protection,
  allocator?: Allocator,
): KeepMasks {
  const { kvHeads, layers } = cache;
  const needed = layers.map((_, l) =>
    protect(cache, l, scores[l]!, protection)
  );
  const entries = layers.map((layer) => layer.entries);
  const { chunk } = protection;
  const alone = chunk !== undefined && layers.every((layer) => !layer.chunks);
  const counts = allocator?.({
    scores,
    kvHeads,
    entries,
    budget,
    ...(alone && { chunk }),
  });
  if (counts && counts.length !== layers.length * kvHeads) {
    throw new TypeError(
      `The allocator gave ${counts.length} counts, expected one for each of ${layers.length} layers x ${kvHeads} KV heads`,
    );
  }
  const odd = counts?.find((count) => !Number.isInteger(count) || count < 0);
  if (odd !== undefined) {
    throw new RangeError(
      `The allocator gave a count of ${odd}, expected whole numbers from 0 on`,
    );
  }
  return layers.map((layer, l) => {
    const mask = new Uint8Array(kvHeads * layer.entries); // [kvHeads, entries]
    for (let head = 0; head < kvHeads; head++) {
      const from = head * layer.entries;
      const to = from + headEntries(layer, head);
      const wanted = counts?.[l * kvHeads + head] ?? budget;
      keepBest(
        scores[l]!.subarray(from, to),
        Math.max(wanted, needed[l]![head]!),
        mask.subarray(from, to),
      );
    }
    return mask;
  });
}

/** Lifts protected entries above and padding below every score; gives the protected entries of each KV head. */
function protect(
  { layers, kvHeads }: KvCache,
  l: number,
  scores: Float32Array, // [kvHeads, entries]
  { below, recent, spans = [], chunk }: Protection,
): Int32Array {
  const layer = layers[l]!;
  const needed = new Int32Array(kvHeads); // [kvHeads]
  const inSpan = (at: number) =>
    spans.some((span) =>
      layer.positions[at]! >= span.from && layer.positions[at]! < span.to &&
      (span.chunk === undefined ||
        span.chunk === (layer.chunks?.[at] ?? chunk))
    );
  for (let head = 0; head < kvHeads; head++) {
    const real = headEntries(layer, head);
    for (let i = 0; i < layer.entries; i++) {
      const at = head * layer.entries + i;
      if (i >= real) scores[at] = -Infinity;
      else if (
        layer.positions[at]! < below || i >= real - recent || inSpan(at)
      ) {
        scores[at] = Infinity;
        needed[head]!++;
      }
    }
  }
  return needed;
}
