import { Observable } from "rxjs";
import type { Budget } from "../../core/budget.ts";
import { type SpilledBytes, SpillFile } from "../../io/files/spill_file.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import { hostCache } from "../../kernels/cache/resident_cache.ts";
import { type KvChunkParts, ownKvChunk, turnOf } from "./kv_chunk.ts";
import type { KvChunk } from "../types.ts";

/** A chunk that the store keeps. */
interface Stored {
  readonly parts: KvChunkParts;
  /** Keeps the memory; absent for a chunk whose keys and values are in the file. */
  readonly held?: KvChunk;
  readonly spilled?: SpilledBytes;
}

/**
 * Keeps the KV caches of a document's chunks for many questions: in memory up to a limit, beyond that in a
 * temporary file. What it hands out are readings of a cache that never changes: their `release()` frees a copy
 * that was read from the file, and nothing of what the store keeps.
 */
export class KvStore implements Disposable {
  readonly #stored: Stored[] = [];
  readonly #arena = new Arena();
  #memory = 0;
  #file: SpillFile | undefined;

  /** @param limit Bytes of keys and values kept in memory. */
  constructor(readonly limit: number) {}

  /** Chunks kept. */
  get count(): number {
    return this.#stored.length;
  }

  /** Bytes of keys and values of the largest chunk. */
  get largestBytes(): number {
    return Math.max(0, ...this.#stored.map(({ parts }) => parts.cache.bytes));
  }

  /** Bytes of keys and values in memory. */
  get memoryBytes(): number {
    return this.#memory;
  }

  /** Bytes of keys and values in the file. */
  get fileBytes(): number {
    return this.#file?.size ?? 0;
  }

  /** Takes a chunk over; one that is written to the file is released, and one that is not on the host brought there. */
  async add(given: KvChunk): Promise<void> {
    const chunk = await onHost(given);
    const { chunk: piece, cache, entriesBefore } = chunk;
    const { bytesHeld, inFlight } = chunk;
    const { bytes, layers } = cache;
    const { dispose: _, ...unowned } = cache;
    const parts: KvChunkParts = {
      chunk: piece,
      cache: unowned,
      entriesBefore,
      ...(bytesHeld !== undefined && { bytesHeld }),
      ...(inFlight !== undefined && { inFlight }),
    };
    if (this.#memory + bytes <= this.limit) {
      this.#memory += bytes;
      this.#stored.push({ parts, held: chunk });
      return;
    }
    try {
      this.#file ??= await SpillFile.open();
      const spilled = await this.#file.write(bytesOf(cache));
      const empty = { ...unowned, layers: layers.map(withoutData) };
      this.#stored.push({ parts: { ...parts, cache: empty }, spilled });
    } finally {
      chunk.release();
    }
  }

  /**
   * Every chunk once, in the order in which they were to be read. Chunks in the file are read one after the other, each when the
   * budget has room for it.
   */
  chunks(budget: Budget): Observable<KvChunk> {
    return new Observable((subscriber) => {
      const left = new AbortController();
      this.#send(
        budget,
        (chunk) => subscriber.next(chunk),
        left.signal,
      ).then(
        () => subscriber.complete(),
        (error) => subscriber.error(error),
      );
      return () => left.abort();
    });
  }

  /** Gives memory and disk space back. */
  [Symbol.dispose](): void {
    for (const { held } of this.#stored.splice(0)) held?.release();
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#memory = 0;
  }

  async #send(
    budget: Budget,
    next: (chunk: KvChunk) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const ordered = this.#stored.toSorted((a, b) =>
      turnOf(a.parts) - turnOf(b.parts)
    );
    for (const { parts, spilled } of ordered) {
      const chunk = spilled
        ? await this.#load(parts, spilled, budget, signal)
        : ownKvChunk(parts, budget.track());
      if (!signal.aborted) next(chunk);
      else return chunk.release();
    }
  }

  async #load(
    parts: KvChunkParts,
    spilled: SpilledBytes,
    budget: Budget,
    signal: AbortSignal,
  ): Promise<KvChunk> {
    const { cache } = parts;
    const lease = await budget.lease(cache.bytes, signal);
    const buffer = this.#arena.allocate(cache.bytes);
    const dispose = () => this.#arena.release(buffer);
    try {
      const loaded = { ...cache, layers: layersIn(buffer, cache), dispose };
      await this.#file!.read(spilled, bytesOf(loaded));
      return ownKvChunk({ ...parts, cache: loaded }, lease);
    } catch (error) {
      dispose();
      lease[Symbol.dispose]();
      throw error;
    }
  }
}

/** The chunk with its keys and values on the host; another one takes its place where they are elsewhere. */
async function onHost(chunk: KvChunk): Promise<KvChunk> {
  try {
    const cache = await hostCache(chunk.cache);
    if (cache === chunk.cache) return chunk;
    const brought = ownKvChunk({ ...chunk, cache });
    chunk.release();
    return brought;
  } catch (error) {
    chunk.release();
    throw error;
  }
}

/** Keys and values of every layer, as bytes. */
function* bytesOf({ layers }: KvCache): Generator<Uint8Array> {
  for (const { keys, values } of layers) {
    for (const { buffer, byteOffset, byteLength } of [keys, values]) {
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  }
}

function withoutData(layer: KvLayer): KvLayer {
  const none = new Float32Array(0);
  return { ...layer, keys: none, values: none };
}

/** Layers whose keys and values lie one behind the other in a buffer. */
function layersIn(buffer: SharedArrayBuffer, cache: KvCache): KvLayer[] {
  let at = 0;
  const take = (length: number) => {
    const taken = new Float32Array(buffer, at, length);
    at += taken.byteLength;
    return taken;
  };
  return cache.layers.map((layer) => {
    const size = cache.kvHeads * layer.entries * cache.headDim;
    return { ...layer, keys: take(size), values: take(size) }; // [kvHeads, entries, headDim]
  });
}
