/** Ids of one chunk to prefill, and of the question behind it for the one-pass form. */
export interface PrefillItem {
  /** Lead and chunk tokens; positions restart at 0 for every item. */
  readonly ids: Int32Array; // [tokens]
  /**
   * Positions that the run of this chunk reaches, question included: what RoPE's scaling goes by where it has factors for
   * short and long texts. Default: those of `ids`.
   */
  readonly positions?: number;
  /** Tail ids; their KV never enters the cache. */
  readonly tail?: Int32Array; // [rows]
}
