/** Where an exported graph attends in one layer: names of values, and how they are laid out. */
export interface AttentionSite {
  /** The operator that says it: `GroupQueryAttention`, or `Softmax` where it is written out. */
  readonly op: string;
  /** `rows`: [batch, rows, heads · headDim]; `heads`: [batch, heads, rows, headDim]. */
  readonly form: "rows" | "heads";
  /** Queries; with `packed` keys and values stand behind them in one row. */
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly packed: boolean;
  /** Where the operator rotates queries and keys itself: tables [positions, ropeDim / 2]. */
  readonly rotary?: {
    readonly cos: string;
    readonly sin: string;
    readonly interleaved: boolean;
  };
  /** What attention gives, in the same form as the queries. */
  readonly output: string;
  /** Its ONNX element type; absent: that of the cache. */
  readonly outputType?: number;
  /** On query · key; absent: 1 / √headDim. */
  readonly scale?: number;
  /** Caps scores: cap · tanh(score / cap). */
  readonly scoreCap?: number;
  /** Newest entries that a row sees, itself included; absent: all. */
  readonly sliding?: number;
}

/** Why a layer's attention cannot be taken over, for people. */
export class UnreadableAttention extends Error {
  override readonly name = "UnreadableAttention";
}
