import { Observable, type OperatorFunction, Subscription } from "rxjs";
import TinyQueue from "tinyqueue";
import { z } from "zod";
import { BudgetError } from "../../core/errors.ts";
import { park, unpark } from "../../core/owned.ts";
import type { StageContext } from "../../core/stage.ts";
import { fullBytes } from "../cache/kv_chunk.ts";
import type { KvChunk } from "../types.ts";

/** Option `keep` of the stages that select by score. */
export const KeepOption = z.enum(["auto", "lowest", "highest"]).default("auto")
  .describe("which scores are good; auto: as the scorer says");

/** By how much chunks may be smaller than the first, on average, when nothing is known of them. */
const SMALLER = 0.8;

/** What is kept of a stream of scored chunks. */
export interface BestOptions {
  readonly limit: number | "all";
  readonly keep: z.output<typeof KeepOption>;
  /** The stage, for messages. */
  readonly stage: string;
  /** Told every score, low ones good: whether the chunks up to here will do. The stream is then left. */
  readonly enough?: (score: number) => boolean;
}

/** The best chunks of a stream as one array, the best first, at its end or when they will do; until then they are parked. */
export function gatherBest(
  options: BestOptions,
  ctx: StageContext,
): OperatorFunction<KvChunk, KvChunk[]> {
  return (source) =>
    new Observable((subscriber) => {
      const best = new BestChunks(options, ctx);
      const upstream = new Subscription();
      const finish = () => {
        upstream.unsubscribe(); // first: what follows needs what computes chunks that came too late
        subscriber.next(best.take());
        subscriber.complete();
      };
      subscriber.add(upstream);
      subscriber.add(() => best.releaseAll());
      upstream.add(source.subscribe({
        next: (chunk) => {
          if (upstream.closed) return chunk.release();
          try {
            best.offer(chunk);
          } catch (error) {
            chunk.release();
            return subscriber.error(error);
          }
          if (options.enough?.(best.sign * chunk.score!)) finish();
        },
        error: (error) => subscriber.error(error),
        complete: finish,
      }));
    });
}

/** A bounded queue of the best chunks: one that loses is released at once. Of two equal scores the earlier chunk is kept. */
class BestChunks {
  readonly #queue: TinyQueue<KvChunk>;
  readonly #limit: number;
  /** What the first chunk's scorer called good. */
  #better: "low" | "high" | undefined;
  #sign = 0;

  constructor(
    readonly options: BestOptions,
    readonly ctx: StageContext,
  ) {
    this.#limit = options.limit === "all" ? Infinity : options.limit;
    // Its head is the worst chunk it holds.
    this.#queue = new TinyQueue<KvChunk>([], (a, b) => -this.#compare(a, b));
  }

  /** -1 where high scores are good, else 1; 0 before the first chunk. */
  get sign(): number {
    return this.#sign;
  }

  /** Takes a chunk over. What throws has not. */
  offer(chunk: KvChunk): void {
    const { index } = chunk.chunk;
    if (chunk.score === undefined || !Number.isFinite(chunk.score)) {
      throw new TypeError(
        `Chunk ${index} has score '${chunk.score}'; put a scorer before ${this.options.stage}`,
      );
    }
    this.#checkDirection(chunk);
    if (this.#sign === 0) {
      this.#checkBudget(chunk);
      this.#chooseDirection(chunk);
    }
    this.#queue.push(chunk);
    park(chunk, this.ctx.node);
    if (this.#queue.length <= this.#limit) return;
    const worst = this.#pop();
    sayOf("dropped", worst, this.ctx);
    worst.release();
  }

  /** The chunks, the best first; they leave the queue. */
  take(): KvChunk[] {
    const kept: KvChunk[] = [];
    while (this.#queue.length > 0) kept.push(this.#pop());
    return kept.reverse();
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

  /** Negative where `a` is better. */
  #compare(a: KvChunk, b: KvChunk): number {
    return this.#sign * (a.score! - b.score!) || a.chunk.index - b.chunk.index;
  }

  #chooseDirection({ better = "low" }: KvChunk): void {
    const { keep } = this.options;
    const good = keep === "auto" ? better : keep === "lowest" ? "low" : "high";
    this.#better = better;
    this.#sign = good === "low" ? 1 : -1;
    if (good === better) return;
    this.ctx.emit({
      type: "warning",
      message:
        `keep: ${keep} keeps the worst chunks: this scorer's ${better} scores are good`,
    });
  }

  #checkDirection({ chunk, better = "low" }: KvChunk): void {
    if (this.#better === undefined || better === this.#better) return;
    throw new TypeError(
      `Of chunk ${chunk.index} ${better} scores are good, of those before ${this.#better} ones; connect one scorer`,
    );
  }

  /**
   * A budget that cannot hold the kept chunks and those on their way would wait for ever: says so at the first chunk,
   * before work is wasted. The others may be smaller; near the limit the budget itself finds out.
   */
  #checkBudget(first: KvChunk): void {
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

/** Says what became of a chunk. */
export function sayOf(
  action: "kept" | "dropped",
  { chunk, score }: KvChunk,
  ctx: Pick<StageContext, "emit">,
): void {
  ctx.emit({
    type: "chunk",
    action,
    chunk: chunk.index,
    ...(score !== undefined && { score }),
  });
}
