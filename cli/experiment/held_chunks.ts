import { Observable } from "rxjs";
import type { KvChunk } from "../../mod.ts";

/** Chunks in memory that several runs read; they stay until disposed. */
export class HeldChunks implements Disposable {
  readonly #held: KvChunk[] = [];

  /** Takes a chunk over. */
  add(chunk: KvChunk): void {
    this.#held.push(chunk);
  }

  /** Every chunk once, in the order in which they came; each is a share of its own. */
  chunks(): Observable<KvChunk> {
    return new Observable((subscriber) => {
      for (const chunk of this.#held) {
        if (subscriber.closed) return;
        chunk.retain();
        subscriber.next(chunk);
      }
      subscriber.complete();
    });
  }

  /** Gives the chunks back. */
  [Symbol.dispose](): void {
    for (const chunk of this.#held.splice(0)) chunk.release();
  }
}
