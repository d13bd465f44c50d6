/** Ids of one chunk to prefill, and of the question behind it for the one-pass form. */
export interface PrefillItem {
  /** Lead and chunk tokens; positions restart at 0 for every item. */
  readonly ids: Int32Array; // [tokens]
  /** Tail ids; their KV never enters the cache. */
  readonly tail?: Int32Array; // [rows]
}
