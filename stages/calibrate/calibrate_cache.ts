import type { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import { withHostCache } from "../../kernels/cache/resident_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { lastRowsAttention } from "../evict/last_rows_attention.ts";
import { keepsAll } from "../cache/keep_entries.ts";
import { headEntries } from "../cache/new_cache.ts";
import {
  checkCorrection,
  correctCache,
  type CorrectedCache,
  type Correction,
} from "./correction.ts";
import type { LayerStatistics } from "./layer_statistics.ts";

/** A rule that corrects the attention to entries: a pure function from one layer to what is to change. */
export interface CalibrationSeam<O> {
  /** How many last rows' mean attention is needed; none where nothing is to be changed. */
  rows(options: O): Iterable<number>;
  /**
   * What changes: a keep mask (1 where an entry is kept), or a mask, a bias and a factor together. Index 0 (BOS) is kept
   * and padding is left out whatever it says.
   */
  correct(layer: LayerStatistics, options: O): Uint8Array | Correction; // masks of [kvHeads, entries]
}

/** What is calibrated. */
export interface CalibrationWork {
  readonly cache: KvCache;
  /** Entries a head had before anything was dropped; absent for a merged cache, whose own order counts. */
  readonly length?: number;
  readonly model: LanguageModel;
  readonly arena: Arena;
  readonly signal: AbortSignal;
  question(): Promise<QuestionStats>;
}

/** The cache as the rule corrects it; the same cache where it changes nothing. */
export async function calibrateCache<O>(
  seam: CalibrationSeam<O>,
  work: CalibrationWork,
  options: O,
): Promise<CorrectedCache> {
  const { cache, model, arena, signal } = work;
  const rowCounts = new Set(seam.rows(options));
  if (rowCounts.size === 0) return { cache, memory: "same" };
  const question = await work.question();
  const attention = new Map<number, readonly Float32Array[]>();
  for (const rows of rowCounts) {
    const last = { rows, mean: true };
    attention.set(
      rows,
      await lastRowsAttention(model, cache, question, last, signal),
    );
  }
  const corrections = cache.layers.map((_, l) => {
    const statistics = layerStatistics(work, l, attention);
    return checkCorrection(seam.correct(statistics, options), statistics);
  });
  const keep = corrections.map((correction) => correction.keep);
  if (keepsAll(cache, keep)) return correctCache(arena, cache, corrections);
  return await withHostCache(
    cache,
    (host) => Promise.resolve(correctCache(arena, host, corrections)),
    signal,
  );
}

function layerStatistics(
  { cache, length }: CalibrationWork,
  l: number,
  attention: ReadonlyMap<number, readonly Float32Array[]>,
): LayerStatistics {
  const { kvHeads, layers } = cache;
  const layer = layers[l]!;
  const byRows = new Map(
    [...attention].map(([rows, mass]) => [rows, mass[l]!]),
  );
  const [mass] = byRows.values();
  return {
    layer: l,
    layers: layers.length,
    heads: mass!.length / layer.entries,
    kvHeads,
    entries: layer.entries,
    ...(layer.counts && { counts: layer.counts }),
    indices: length === undefined
      ? layer.positions.map((_, at) => at % layer.entries) // [kvHeads, entries]
      : layer.positions, // [kvHeads, entries]
    lengths: Int32Array.from(
      { length: kvHeads },
      (_, head) => length ?? headEntries(layer, head),
    ), // [kvHeads]
    attention: byRows,
  };
}
