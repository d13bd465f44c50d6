import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { PrefillItem } from "../prefill/prefill_item.ts";

/** One layer of a batch of chunks, as a rule's ONNX body sees it. Items shorter than `rows` are padded at the end. */
export interface EntryKernelInput {
  readonly layer: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** After RoPE; what stands behind an item's entries has no meaning, and may be no number. */
  readonly keys: Value; // [batch, kvHeads, rows, headDim]
  readonly values: Value; // [batch, kvHeads, rows, headDim]
  /** Index of every row inside its chunk, lead included. */
  readonly positions: Value; // [rows] int64
  /** Whether a row is an entry of the item that the layer holds, not padding or the question. */
  readonly real: Value; // [batch, 1, rows] bool
  /** Entries of every item that the layer holds. */
  readonly entries: Value; // [batch, 1, 1] int64
  /** Entries of the lead (BOS, template head). */
  readonly lead: Value; // [batch, 1, 1] int64
  /** Attention of the question's rows, summed over rows; 0 where a row is not `real`. Where the rule needs it. */
  readonly attention?: Value; // [batch, heads, rows]
}

/** How entries are dropped inside a prefill session. */
export interface Eviction {
  /** Who scores: rules of one name may be different objects, and then have sessions of their own. */
  readonly rule: object;
  /** The same for two evictions of one rule whose session graphs are the same. */
  readonly key: string;
  /** Whether `score` reads `attention`. */
  readonly attention: boolean;
  /** Who keeps the same entries: each KV head its own, a layer's heads, or the whole model (mean of the scores). */
  readonly share: "none" | "layer" | "model";
  /** Whether the question's query and key vectors come back. */
  readonly vectors: boolean;
  /**
   * Scores [batch, kvHeads, rows] of one layer, or with 1 in place of batch or kvHeads; higher is kept. Padding may
   * score anything.
   */
  score(g: GraphBuilder, input: EntryKernelInput): Value;
}

/** Ids of a chunk of which only the best entries come back. */
export interface EvictedItem extends PrefillItem {
  /** Index of the chunk, for messages; default: its place in the batch. */
  readonly chunk?: number;
  /** Entries of the lead. */
  readonly lead: number;
  /** Entries that every KV head keeps, the safe ones included; at most as many as there are ids. */
  readonly keep: number;
  /** 1 where an entry is kept whatever its score; there are at most `keep` of them. */
  readonly safe: Uint8Array; // [tokens]
  /** Entries kept where safe ones are fewer, for layers that hold not all of these; default: `keep`. */
  readonly budget?: number;
  /** Last rows of the tail that vote, where the rule needs attention; default: all. */
  readonly rows?: number;
}
