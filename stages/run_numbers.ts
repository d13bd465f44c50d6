import type { Accuracy } from "../kernels/layers/linear.ts";

/** What a run will hold, as numbers. */
export interface RunNumbers {
  /** Workers that prefill. */
  readonly workers: number;
  /** Chunks computed in one call. */
  readonly batch: number;
  readonly accuracy: Accuracy;
  readonly documentTokens: number;
  /** Chunks of the document. */
  readonly chunks: number;
  /** Tokens of the longest chunk, lead included. */
  readonly chunkEntries: number;
  /** Rows of the question where it runs behind every chunk in the same pass; default: it does not. */
  readonly questionRows?: number;
  /** Whether the question is asked over every chunk's cache, by the session that decodes; default: it is not. */
  readonly requery?: boolean;
  /** Entries of a chunk that leave its prefill: fewer where an evictor is computed inside; default: all. */
  readonly heldEntries?: number;
  /** Layers whose keys and values such a session holds at once; default: all. */
  readonly heldLayers?: number;
  /** Chunks that reach the answer. */
  readonly keptChunks: number;
  /** Entries that a KV head keeps of each of them. */
  readonly keptEntries: number;
  /** Entries of a KV head in the cache that is answered over: of all chunks but the first, no lead; default: all that is kept. */
  readonly mergedEntries?: number;
  /** Entries a KV head that are held until a stage has seen all chunks and chooses some; default: none. */
  readonly waitingEntries?: number;
  /**
   * Entries that a KV head keeps of a chunk while it waits until the best are known: fewer where an evictor stands
   * before; default: all that leave its prefill.
   */
  readonly queuedEntries?: number;
  /** Entries of a KV head that are decoded over, where the merged cache is evicted; default: all of it. */
  readonly contextEntries?: number;
  /** Tokens of the merged chunks, and of a lead, that are prefilled once more as one text, reading by reading; default: none. */
  readonly rereadEntries?: readonly number[];
  /** Whether the scores of entries that reach the answer may have a bias; default: they have none. */
  readonly biased?: boolean;
  /** Tokens that an answer may have; default: few. */
  readonly answerTokens?: number;
  /** Bytes of KV held for further questions (`chat`); 0 in a single run. */
  readonly storedBytes: number;
}

/** Entries of a KV head behind the merge. */
export interface ContextNumbers {
  /** In the merged cache, at most. */
  readonly merged: number;
  /** That are prefilled once more, reading by reading. */
  readonly reread: readonly number[];
  /** In the cache that is decoded over. */
  readonly context: number;
  /** Whether the merged cache is evicted or read again: it comes to the host then, and the question is asked over it. */
  readonly changes: boolean;
}

/**
 * What becomes of the merged cache; of a single chunk nothing is read again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { contextNumbers, type RunNumbers } from "parallelcomp";
 *
 * const run = {
 *   keptChunks: 8,
 *   keptEntries: 512,
 *   rereadEntries: [1536, 1024],
 *   contextEntries: 512,
 * } as Partial<RunNumbers> as RunNumbers;
 * const { merged, reread, context } = contextNumbers(run);
 * assert.deepEqual([merged, ...reread, context], [4096, 1536, 1024, 512]);
 * ```
 */
export function contextNumbers(run: RunNumbers): ContextNumbers {
  const { keptChunks, keptEntries, mergedEntries = Infinity } = run;
  const { rereadEntries = [], contextEntries = Infinity } = run;
  const merged = Math.min(keptChunks * keptEntries, mergedEntries);
  const reread = keptChunks > 1
    ? rereadEntries.map((entries) => Math.min(entries, merged))
    : [];
  const context = Math.min(merged, ...reread, contextEntries);
  const changes = context < merged || reread.length > 0;
  return { merged, reread, context, changes };
}

/** The run as the call sees it that reads so many entries again: one chunk of them, nothing behind it. */
export function rereadRun(run: RunNumbers, entries: number): RunNumbers {
  const { heldEntries: _h, heldLayers: _l, questionRows: _q, ...rest } = run;
  return { ...rest, batch: 1, chunkEntries: entries };
}
