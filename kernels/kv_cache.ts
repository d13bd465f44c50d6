/**
 * Keys and values of one layer. Keys are stored after RoPE, at the positions they had inside their chunk.
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
}

/** The KV cache of one chunk, or of the merged context. */
export interface KvCache {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly layers: readonly KvLayer[];
  /** Bytes of keys and values. */
  readonly bytes: number;
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
  /**
   * log P of every tail token given all before it, natural log, fp32. The first is NaN: what predicts it is the
   * cache's last token, whose logits a cache does not hold. A prompt therefore never scores its first tail token.
   */
  readonly logProbs: Float32Array; // [rows]
  /** Query vectors by layer. */
  readonly queries: readonly Float32Array[]; // layers × [heads, rows, headDim]
  /** Key vectors by layer. */
  readonly keys: readonly Float32Array[]; // layers × [kvHeads, rows, headDim]
}
