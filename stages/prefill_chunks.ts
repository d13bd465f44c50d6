import { bufferCount, type Observable } from "rxjs";
import { BudgetError } from "../core/errors.ts";
import { owning } from "../core/owning.ts";
import type { StageContext } from "../core/stage.ts";
import { heldBytes, keptBytes } from "../kernels/cache/held_entries.ts";
import type { LanguageModel, PrefillItem } from "../kernels/language_model.ts";
import type { FusedEvictor } from "./evict/fused_evictor.ts";
import { ownKvChunk } from "./cache/kv_chunk.ts";
import { meanEntries } from "./cache/new_cache.ts";
import type { Chunk, KvChunk } from "./types.ts";

/** With what chunks are prefilled. */
export interface PrefillWork {
  readonly model: LanguageModel;
  /** Chunks computed in one call. */
  readonly batch: number;
  readonly ctx: StageContext;
  /** Question behind every chunk, in the one-pass form. */
  readonly tail?: Int32Array; // [rows]
  /** Drops entries before they leave the session; the model must be able to. */
  readonly evictor?: FusedEvictor;
}

/**
 * Prefills chunks in micro-batches, one for every worker of the model and one that waits, so that no worker idles
 * while the host prepares the next. They leave as they are ready, in any order.
 */
export function prefillChunks(
  chunks: Observable<Chunk>,
  work: PrefillWork,
): Observable<KvChunk> {
  const { model, batch, ctx } = work;
  let done = 0;
  return chunks.pipe(
    bufferCount(batch),
    owning(ctx.node, model.workers + 1, async (group, signal) => {
      const prefilled = await prefillGroup(group, work, signal);
      for (const { chunk, cache, entriesBefore } of prefilled) {
        const say = (action: "prefilled" | "evicted", entries: number) =>
          ctx.emit({
            type: "chunk",
            action,
            chunk: chunk.index,
            entries,
            entriesBefore,
          });
        say("prefilled", entriesBefore);
        const entries = meanEntries(cache);
        if (work.evictor && entries < entriesBefore) say("evicted", entries);
        ctx.emit({
          type: "progress",
          unit: "chunks",
          done: ++done,
          total: chunk.count,
        });
      }
      return prefilled;
    }),
  );
}

async function prefillGroup(
  group: readonly Chunk[],
  { model, batch, ctx, tail, evictor }: PrefillWork,
  signal: AbortSignal,
): Promise<KvChunk[]> {
  const items = group.map((chunk) => prefillItem(chunk, tail));
  const { config } = model;
  const evicted = evictor &&
    items.map((item, i) => evictor.item(group[i]!, item, config));
  const sizes = evicted?.map((item) => keptBytes(item, config)) ??
    items.map(({ ids }) => heldBytes(config, ids.length));
  checkBatch(sizes, ctx);
  const leases = await ctx.budget.leaseAll(sizes, signal);
  try {
    const results = evicted
      ? await model.prefillEvicted!(evicted, evictor.eviction, signal)
      : await model.prefill(items, signal);
    return results.map(({ cache, question }, i) =>
      ownKvChunk({
        chunk: group[i]!,
        cache,
        entriesBefore: items[i]!.ids.length,
        bytesHeld: sizes[i]!,
        inFlight: batch,
        ...(question && { question }),
      }, leases[i]!)
    );
  } catch (error) {
    for (const lease of leases) lease[Symbol.dispose]();
    throw error;
  }
}

function prefillItem(chunk: Chunk, tail?: Int32Array): PrefillItem {
  const ids = new Int32Array(chunk.lead.length + chunk.tokens.length); // [lead + tokens]
  ids.set(chunk.lead);
  ids.set(chunk.tokens, chunk.lead.length);
  const { positions } = chunk;
  return {
    ids,
    ...(positions !== undefined && { positions }),
    ...(tail && { tail }),
  };
}

/** A batch that could never be granted says what a batch is. */
function checkBatch(sizes: readonly number[], { budget }: StageContext): void {
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= budget.total) return;
  throw new BudgetError(
    `A batch of ${sizes.length} chunks needs ${bytes} bytes of KV, the memory budget is ${budget.total}; lower batch or the window, or raise the budget`,
  );
}
