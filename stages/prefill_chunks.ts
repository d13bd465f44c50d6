import { bufferCount, from, mergeMap, type Observable } from "rxjs";
import type { Lease } from "../core/budget.ts";
import { BudgetError } from "../core/errors.ts";
import { abortable, type StageContext } from "../core/stage.ts";
import type { LanguageModel, PrefillItem } from "../kernels/language_model.ts";
import { ownKvChunk } from "./kv_chunk.ts";
import type { Chunk, KvChunk } from "./types.ts";

/** With what chunks are prefilled. */
export interface PrefillWork {
  readonly model: LanguageModel;
  /** Chunks computed in one call. */
  readonly batch: number;
  readonly ctx: StageContext;
  /** Question behind every chunk, in the one-pass form. */
  readonly tail?: Int32Array; // [rows]
}

/**
 * Prefills chunks in micro-batches, one for every worker of the model and one that waits, so that no worker idles
 * while the host prepares the next. They leave as they are ready, in any order.
 */
export function prefillChunks(
  chunks: Observable<Chunk>,
  work: PrefillWork,
): Observable<KvChunk> {
  let done = 0;
  return chunks.pipe(
    bufferCount(work.batch),
    mergeMap(
      (group) => abortable((signal) => prefillGroup(group, work, signal)),
      work.model.workers + 1,
    ),
    mergeMap((group) => {
      const { ctx } = work;
      for (const { chunk, entriesBefore } of group) {
        ctx.emit({
          type: "chunk",
          action: "prefilled",
          chunk: chunk.index,
          entries: entriesBefore,
          entriesBefore,
        });
        ctx.emit({
          type: "progress",
          unit: "chunks",
          done: ++done,
          total: chunk.count,
        });
      }
      return from(group);
    }),
  );
}

async function prefillGroup(
  group: readonly Chunk[],
  { model, batch, ctx, tail }: PrefillWork,
  signal: AbortSignal,
): Promise<KvChunk[]> {
  const items = group.map((chunk) => prefillItem(chunk, tail));
  const leases = await leaseAll(
    items.map(({ ids }) => ids.length * model.bytesPerEntry),
    ctx,
    signal,
  );
  try {
    const results = await model.prefill(items, signal);
    signal.throwIfAborted();
    return results.map(({ cache, question }, i) =>
      ownKvChunk({
        chunk: group[i]!,
        cache,
        entriesBefore: items[i]!.ids.length,
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
  return { ids, ...(tail && { tail }) };
}

/** Leases for a whole micro-batch, asked for in one turn: no other batch gets in between and waits for this one. */
async function leaseAll(
  bytes: readonly number[],
  { budget }: StageContext,
  signal: AbortSignal,
): Promise<Lease[]> {
  const total = bytes.reduce((a, b) => a + b, 0);
  if (total > budget.total) {
    throw new BudgetError(
      `A batch of ${bytes.length} chunks needs ${total} bytes of KV, the memory budget is ${budget.total}; lower batch or the window, or raise the budget`,
    );
  }
  const leases = await Promise.allSettled(
    bytes.map((size) => budget.lease(size, signal)),
  );
  const failed = leases.find((lease) => lease.status === "rejected");
  const granted = leases.flatMap((l) =>
    l.status === "fulfilled" ? [l.value] : []
  );
  if (!failed) return granted;
  for (const lease of granted) lease[Symbol.dispose]();
  throw failed.reason;
}
