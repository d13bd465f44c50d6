import {
  headEntries,
  type KvCache,
  type LanguageModel,
  type QuestionStats,
} from "../../mod.ts";
import { type MeasuredHead } from "../../eval/analysis/head_measure.ts";
import { headAttention } from "../../eval/analysis/head_attention.ts";
import type { Segment } from "../../eval/analysis/attention_peaks.ts";

/** Who asks. */
export interface Asking {
  readonly model: LanguageModel;
  /** Ids of the question with its template. */
  readonly tail: Int32Array; // [rows]
  /** How many of the last rows count; all where there are fewer. */
  readonly rows: number;
  readonly signal: AbortSignal;
}

/** A cache, and the position of the question's first row behind it. */
export interface Asked {
  readonly cache: KvCache;
  readonly position: number;
  /** The question's rows, where they were run already. */
  readonly question?: QuestionStats | undefined;
}

/** Attention of the question's last rows over a cache. */
export interface RowAttention {
  readonly cache: KvCache;
  /** Row by row, layer by layer; the softmax is over the cache and the question's own keys. */
  readonly rows: readonly (readonly Float32Array[])[]; // rows × layers × [heads, entries]
}

/** Runs the question over a cache, where that was not done, and reads its last rows' attention one by one. */
export async function rowAttention(
  { model, tail, rows, signal }: Asking,
  { cache, position, question }: Asked,
): Promise<RowAttention> {
  const known = question && question.queries.length > 0 ? question : undefined;
  const stats = known ??
    (await model.requery([{ cache, position }], tail, signal))[0]!;
  const total = stats.ids.length;
  const used = Math.min(rows, total);
  const read: (readonly Float32Array[])[] = [];
  for (let row = total - used; row < total; row++) {
    const weights = new Float32Array(total); // [rows]
    weights[row] = 1;
    read.push(await model.attention(cache, stats, weights, signal));
  }
  return { cache, rows: read };
}

/** Every query head's attention to the real entries of its KV head; `chunk` is where entries came from if the cache does not say. */
export function* headsOf(
  { cache, rows }: RowAttention,
  epsilons: readonly number[],
  chunk = 0,
): Generator<MeasuredHead> {
  for (const [l, layer] of cache.layers.entries()) {
    const heads = rows[0]![l]!.length / layer.entries;
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor(head * cache.kvHeads / heads);
      const count = headEntries(layer, kvHead);
      const own = rows.map((row) =>
        row[l]!.subarray(head * layer.entries, head * layer.entries + count)
      );
      const from = kvHead * layer.entries;
      const chunks = layer.chunks?.subarray(from, from + count); // [entries]
      const segments = chunks
        ? segmentsOf(chunks)
        : [{ chunk, from: 0, to: count }];
      const attention = headAttention(own, epsilons);
      yield { layer: l, head, attention, segments };
    }
  }
}

/** Stretches of entries of the same chunk. */
function segmentsOf(chunks: Int32Array): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (let i = 1; i <= chunks.length; i++) {
    if (i < chunks.length && chunks[i] === chunks[from]) continue;
    segments.push({ chunk: chunks[from]!, from, to: i });
    from = i;
  }
  return segments;
}
