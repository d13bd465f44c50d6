import type { z } from "zod";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import type { Chunk } from "../types.ts";
import type { ChunkNeed, NeedsWith } from "./needs/ports.ts";
import type { RunText } from "./needs/text.ts";

/** What a chunk is scored by. */
export interface ChunkScoreInput {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  /** The question's own rows inside the tail, `[from, to)`: from the prompt, else every row but the first. */
  readonly scored: readonly [from: number, to: number];
  /** Need `question`: what the model said about the question behind this chunk; need `log-probs`: that alone of it. */
  readonly question?: QuestionStats;
  /** Need `attention`: what the scored rows pay to every entry, the mean over rows. */
  readonly attention?: readonly Float32Array[]; // layers × [heads, entries]
  /** Need `prior`: log P of every tail token without any document; the first is NaN. */
  readonly prior?: Float32Array; // [rows]
  /** Need `text`: texts of this chunk, of all chunks, and of the question. */
  readonly text?: RunText & { readonly chunk: string };
}

/** A rule that scores chunks. */
export interface ChunkScorerSpec<C extends z.ZodType, P = undefined> {
  /** For instance `score.self-information`. */
  readonly name: string;
  readonly summary?: string;
  readonly options?: C;
  /** `question`, `log-probs`, `attention`, `prior`, `text`; other names are facets that the chunks must carry. */
  readonly needs?: readonly (ChunkNeed | (string & Record<never, never>))[];
  /** Needs that only some options have. */
  readonly needsWith?: NeedsWith<z.output<C>>;
  /** Which scores are good (default: low); `select.top` follows it. */
  readonly better?: "low" | "high";
  /** Called once in a run, with what `text` gives of the whole document: statistics that every chunk's score uses. */
  prepare?(text: RunText, options: z.output<C>): P;
  /** One finite number a chunk. */
  score(input: ChunkScoreInput, options: z.output<C>, prepared: P): number;
}
