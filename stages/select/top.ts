import { Observable } from "rxjs";
import TinyQueue from "tinyqueue";
import { z } from "zod";
import { BudgetError } from "../../core/errors.ts";
import { park, unpark } from "../../core/owned.ts";
import { stream } from "../../core/port.ts";
import { defineStage, type StageContext } from "../../core/stage.ts";
import { fullBytes } from "../cache/kv_chunk.ts";
import { KvChunk } from "../types.ts";

/** Options of `select.top`. */
export const SelectTopOptions = z.strictObject({
  n: z.union([z.int().min(1), z.literal("all")]).default(3).describe(
    "chunks that are kept",
  ),
  keep: z.enum(["lowest", "highest"]).default("lowest").describe(
    "which scores are good; low for self-information",
  ),
});

/** By how much chunks may be smaller than the first, on average, when nothing is known of them. */
const SMALLER = 0.8;

/**
 * Keeps the best chunks in a bounded queue, online: a chunk that loses is released at once, so memory does not
 * grow with the document. Of two equal scores the earlier chunk is kept; the kept ones leave in the document's order.
 */
export const selectTop = defineStage({
  name: "select.top",
  summary: "Keeps the n best chunks; a chunk that loses is released at once",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectTopOptions,
  run: (inputs, options, ctx) => ({
    chunks: new Observable((subscriber) => {
      const best = new BestChunks(options, ctx);
      const subscription = inputs.chunks.subscribe({
        next: (chunk) => {
          if (subscriber.closed) return chunk.release();
          try {
            best.offer(chunk);
          } catch (error) {
            chunk.release();
            subscriber.error(error);
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          for (const chunk of best.take()) {
            if (subscriber.closed) chunk.release();
            else subscriber.next(chunk);
          }
          subscriber.complete();
        },
      });
      return () => {
        subscription.unsubscribe();
        best.releaseAll();
      };
    }),
  }),
});

/** The bounded queue; its head is the worst chunk it holds. */
class BestChunks {
  readonly #queue: TinyQueue<KvChunk>;
  readonly #limit: number;
  #checked = false;

  constructor(
    { n, keep }: z.output<typeof SelectTopOptions>,
    readonly ctx: StageContext,
  ) {
    this.#limit = n === "all" ? Infinity : n;
    const sign = keep === "lowest" ? 1 : -1;
    this.#queue = new TinyQueue<KvChunk>(
      [],
      (a, b) => sign * (b.score! - a.score!) || b.chunk.index - a.chunk.index,
    );
  }

  offer(chunk: KvChunk): void {
    const { index } = chunk.chunk;
    if (chunk.score === undefined || !Number.isFinite(chunk.score)) {
      throw new TypeError(
        `Chunk ${index} has score '${chunk.score}'; put a scorer before select.top`,
      );
    }
    if (!this.#checked) this.#checkBudget(chunk);
    this.#queue.push(chunk);
    park(chunk, this.ctx.node);
    if (this.#queue.length <= this.#limit) return;
    const worst = this.#pop();
    this.#say("dropped", worst);
    worst.release();
  }

  /** The kept chunks in the document's order; they leave the queue. */
  take(): KvChunk[] {
    const kept: KvChunk[] = [];
    while (this.#queue.length > 0) kept.push(this.#pop());
    kept.sort((a, b) => a.chunk.index - b.chunk.index);
    for (const chunk of kept) this.#say("kept", chunk);
    return kept;
  }

  releaseAll(): void {
    while (this.#queue.length > 0) this.#pop().release();
  }

  /** Takes the worst chunk out of the queue. */
  #pop(): KvChunk {
    const worst = this.#queue.pop()!;
    unpark(worst, this.ctx.node);
    return worst;
  }

  #say(action: "kept" | "dropped", { chunk, score }: KvChunk): void {
    this.ctx.emit({
      type: "chunk",
      action,
      chunk: chunk.index,
      score: score!,
    });
  }

  /**
   * A budget that cannot hold the kept chunks and those on their way would wait for ever: says so at the first chunk,
   * before work is wasted. The others may be smaller; near the limit the budget itself finds out.
   */
  #checkBudget(first: KvChunk): void {
    this.#checked = true;
    const { count } = first.chunk;
    const kept = Math.min(this.#limit, count);
    const coming = Math.min(first.inFlight ?? 1, count - kept);
    const bytes = kept * first.cache.bytes + coming * fullBytes(first);
    const { total } = this.ctx.budget;
    if (SMALLER * bytes <= total) return;
    throw new BudgetError(
      `Keeping ${kept} of ${count} chunks needs ${bytes} bytes of KV (${kept} x ${first.cache.bytes} kept + ${coming} x ${
        fullBytes(first)
      } in flight), the memory budget is ${total}; keep fewer chunks or raise the budget`,
    );
  }
}
