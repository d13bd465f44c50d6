import { Observable, type OperatorFunction } from "rxjs";
import { park, release, unpark } from "../../core/owned.ts";
import { turnOf } from "../cache/kv_chunk.ts";
import type { KvChunk } from "../types.ts";

/**
 * Chunks in the order in which they were to be read, whatever worker was faster: one that comes before its turn waits,
 * parked. Those that wait for one that never comes leave at the stream's end.
 *
 * @param by Who keeps them: a node's name.
 */
export function inTurn(by: string): OperatorFunction<KvChunk, KvChunk> {
  return (source) =>
    new Observable((subscriber) => {
      const waiting: KvChunk[] = []; // in turn
      let next = 0;
      const pass = (last: number) => {
        while (waiting.length > 0 && turnOf(waiting[0]!) <= last) {
          const chunk = waiting.shift()!;
          unpark(chunk, by);
          subscriber.next(chunk);
        }
      };
      subscriber.add(() => {
        unpark(waiting, by);
        release(waiting.splice(0));
      });
      subscriber.add(source.subscribe({
        next: (chunk) => {
          if (subscriber.closed) return chunk.release();
          const turn = turnOf(chunk);
          const after = waiting.findLastIndex((one) => turnOf(one) <= turn);
          park(chunk, by);
          waiting.splice(after + 1, 0, chunk);
          while (waiting.some((one) => turnOf(one) === next)) next++;
          pass(next - 1);
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          pass(Infinity);
          subscriber.complete();
        },
      }));
    });
}
