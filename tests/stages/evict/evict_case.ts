import { EMPTY, from, lastValueFrom, of } from "rxjs";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import {
  type Allocator,
  type Evictor,
  type EvictorOptions,
  type KvChunk,
  merge,
  type MergedContext,
  type MergedEvictor,
} from "../../../stages/mod.ts";
import { type FakeCase, held, runStage } from "../fake_case.ts";
import { collect } from "../stage_context.ts";

/** An evictor whose own options are not known. */
export type AnyEvictor = Evictor<typeof EvictorOptions>;

/** The same over a merged context. */
export type AnyMergedEvictor = MergedEvictor<typeof EvictorOptions>;

/** Chunks that an evictor may take without their being released. */
export function copies(chunks: readonly KvChunk[]): KvChunk[] {
  return chunks.map((chunk) => ({ ...chunk, retain() {}, release() {} }));
}

/** What an evictor leaves of some chunks; all inputs are connected. */
export function evict(
  stage: object,
  { model, prompt, ctx }: FakeCase,
  chunks: readonly KvChunk[],
  options: object,
): Promise<KvChunk[]> {
  const inputs = {
    chunks: from(chunks),
    model: held(model),
    prompt: of(prompt),
    allocator: of<Allocator>(),
  };
  return collect(runStage(stage as AnyEvictor, inputs, options, ctx).chunks);
}

/** What an evictor leaves of some chunks that were merged. */
export function evictMerged(
  stage: object,
  { model, prompt, ctx }: FakeCase,
  chunks: readonly KvChunk[],
  options: object,
): Promise<MergedContext> {
  const inputs = {
    context:
      runStage(merge, { chunks: from(chunks), model: EMPTY }, {}, ctx).context,
    model: held(model),
    prompt: of(prompt),
    allocator: of<Allocator>(),
  };
  return lastValueFrom(
    runStage(stage as AnyMergedEvictor, inputs, options, ctx).context,
  );
}

/** Positions that every KV head holds, by layer. */
export function positionsOf({ layers, kvHeads }: KvCache): number[][][] {
  return layers.map(({ entries, positions, counts }) =>
    Array.from({ length: kvHeads }, (_, h) => [
      ...positions.subarray(
        h * entries,
        h * entries + (counts?.[h] ?? entries),
      ),
    ])
  );
}

/** Places of the best scores, ascending; the first places always stay; of equal scores the first wins. */
export function best(
  scores: readonly number[],
  count: number,
  always = 1,
): number[] {
  const order = [...scores.keys()].slice(always)
    .sort((a, b) => Math.fround(scores[b]!) - Math.fround(scores[a]!) || a - b);
  const first = Array.from({ length: always }, (_, i) => i);
  return [...first, ...order.slice(0, count - always)].sort((a, b) => a - b);
}
