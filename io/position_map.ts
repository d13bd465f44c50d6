/**
 * How far away a row takes an entry to be, in place of their distance, so that a model reads beyond its window without
 * training. Keys are then cached as they were before RoPE.
 */
export type PositionMap =
  /**
   * Self-Extend (arXiv 2401.01325): plain distances to the nearest entries; those of groups of `group` positions to all
   * others, moved so that they go on where the neighbours end.
   */
  | {
    readonly type: "self-extend";
    readonly group: number;
    /** Distances below this are plain. */
    readonly neighbours: number;
  }
  /** LM-Infinite (arXiv 2308.16137): the first entries and the newest alone, and none farther than the newest reach. */
  | {
    readonly type: "lm-infinite";
    /** First entries that all rows see. */
    readonly sinks: number;
    /** Newest entries that a row sees, itself included; the distance that the first ones have at most. */
    readonly reach: number;
  }
  /**
   * Dual chunk attention (ChunkLlama, arXiv 2402.17463): entries have their place in their chunk; a row has its own
   * place to entries of its chunk, the next places to those of the chunk before, and the last place to all others.
   */
  | {
    readonly type: "dual-chunk";
    /** Positions of a chunk. */
    readonly chunk: number;
    /** The last place. */
    readonly limit: number;
  };
