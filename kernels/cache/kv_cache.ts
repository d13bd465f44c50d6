import type { RopeFactors } from "../rope/rope_factors.ts";

/**
 * Keys and values of one layer, empty where the cache is resident elsewhere (`withHostCache` brings them). Keys are
 * stored after RoPE, at the positions they had inside their chunk.
 * Arrays are views on shared memory: treat them as immutable.
 */
export interface KvLayer {
  /** Entries a KV head has room for; heads with fewer real ones are padded at the end. */
  readonly entries: number;
  readonly keys: Float32Array; // [kvHeads, entries, headDim]
  readonly values: Float32Array; // [kvHeads, entries, headDim]
  /** Index of every entry inside its chunk, lead tokens included. */
  readonly positions: Int32Array; // [kvHeads, entries]
  /** Real entries of each KV head where heads are ragged; absent when all are full. */
  readonly counts?: Int32Array; // [kvHeads]
  /** Index of the chunk that every entry came from; absent before chunks are merged. */
  readonly chunks?: Int32Array; // [kvHeads, entries]
  /**
   * Added to the scores (q · k / √headDim) that rows behind the cache give its entries, before softmax: a calibrator's
   * correction; absent where there is none. What the chunk's own rows gave one another knows nothing of it.
   */
  readonly bias?: Float32Array; // [kvHeads, entries]
  /** The entries as 8-bit numbers; `keys` and `values` are empty then. */
  readonly int8?: Int8Entries;
}

/** Keys and values of one layer in 8 bits: what is meant is the number times its scale. */
export interface Int8Entries {
  readonly keys: Int8Array; // [kvHeads, entries, headDim]
  readonly values: Int8Array; // [kvHeads, entries, headDim]
  /** By channel, over a head's entries. */
  readonly keyScales: Float32Array; // [kvHeads, headDim]
  /** By entry, over its channels. */
  readonly valueScales: Float32Array; // [kvHeads, entries]
}

/** How rows behind a cache see it as a whole (APE, arXiv 2502.05431). */
export interface Tempering {
  /** Divides the scores of the entries. */
  readonly temperature: number;
  /** Multiplies, with the temperature, the log-sum-exp of those scores. */
  readonly scale: number;
  /** Entries at positions below this (the lead) stay as they are. */
  readonly from: number;
}

/**
 * Keys and values that stay where the model computes: on a card, or in a worker's own memory. When the model is closed,
 * those that are still held come to the host.
 */
export interface ResidentKv {
  /** Copies of keys and values on the host; `dispose` gives their memory back. */
  read(signal?: AbortSignal): Promise<
    {
      readonly layers: readonly Pick<KvLayer, "keys" | "values">[];
      dispose(): void;
    }
  >;
}

/** Neighbouring entries of one KV head that go from a source into a joined cache. */
export interface EntryRun {
  readonly source: number;
  readonly layer: number;
  readonly head: number;
  /** First entry in the source, and in the joined cache. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Where a model computes. */
export interface KvPlace {
  /** Whether the model still computes. */
  readonly open: boolean;
  /**
   * A resident cache of entries of others, which stay as they are and may be on the host. `form` says all but keys and
   * values; the new cache owns its memory.
   */
  join(
    sources: readonly KvCache[],
    form: KvCache,
    runs: readonly EntryRun[],
    signal?: AbortSignal,
  ): Promise<KvCache>;
}

/** The KV cache of one chunk, or of the merged context. */
export interface KvCache {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly layers: readonly KvLayer[];
  /** Bytes of keys and values. */
  readonly bytes: number;
  /** By what keys were turned, where RoPE's factors depend on the chunk's length; rows behind the cache turn alike. */
  readonly ropeFactors?: RopeFactors;
  /** Absent where rows see the entries as they are. */
  readonly tempering?: Tempering;
  /** Where keys and values are, when those of `layers` are empty: where the model computes. */
  readonly resident?: ResidentKv;
  /** Puts caches together where the model computes, without a way through the host; absent where it cannot. */
  readonly place?: KvPlace;
  /** Gives the memory back; present where it is pooled. The cache must not be read afterwards. */
  dispose?(): void;
}

/**
 * What the model said about the question behind one cache, from a pass of the question's rows over it.
 * Keys and queries are after RoPE; `rows` counts all tail tokens (template around the question included).
 */
export interface QuestionStats {
  /** Ids of the tail: template before, question, template after. */
  readonly ids: Int32Array; // [rows]
  /** Of the first row; layers with a sliding window need it to know what a row sees. */
  readonly position?: number;
  /**
   * log P of every tail token given all before it, natural log, fp32. The first is NaN: what predicts it is the
   * cache's last token, whose logits a cache does not hold. A prompt therefore never scores its first tail token.
   */
  readonly logProbs: Float32Array; // [rows]
  /** Query vectors by layer; none where nothing behind the prefill was to read them. */
  readonly queries: readonly Float32Array[]; // layers × [heads, rows, headDim]
  /** Key vectors by layer; none where there are no query vectors. */
  readonly keys: readonly Float32Array[]; // layers × [kvHeads, rows, headDim]
}
