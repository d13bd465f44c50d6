import { portType } from "../core/port.ts";
import type { PortType } from "../core/port.ts";
import type { KvCache, QuestionStats } from "../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../kernels/language_model.ts";

/** A text and where it came from. */
export interface Text {
  /** File name, `-` for standard input, `inline`. */
  readonly name: string;
  readonly text: string;
}

/** A document as token ids, with the way back to its bytes. */
export interface TokenizedDocument {
  readonly source: Text;
  readonly ids: Int32Array;
  /** Offset in the UTF-8 text just after each token. */
  readonly byteEnds: Uint32Array;
}

/** The question and the template around it, as token ids. */
export interface Prompt {
  readonly question: string;
  /** Ids before the document in every chunk: BOS, then the template's head. */
  readonly lead: Int32Array;
  /** Ids after the document: template, question, template. */
  readonly tail: Int32Array;
  /** The question's own tokens inside `tail`: `[from, to)`; only these are scored. */
  readonly scored: readonly [from: number, to: number];
  /** Texts that end the answer, beside the model's own stop tokens. */
  readonly stop: readonly string[];
}

/** One piece of the document. */
export interface Chunk {
  readonly index: number;
  /** Chunks of this document. */
  readonly count: number;
  /** Ids before the piece: BOS, template head. */
  readonly lead: Int32Array;
  readonly tokens: Int32Array;
  /** Bytes of the document's UTF-8 text: `[byteStart, byteEnd)`. */
  readonly byteStart: number;
  readonly byteEnd: number;
  /** 1-based line on which the piece starts. */
  readonly line: number;
  /** Positions that the run reaches: of the longest piece with its lead, and the question behind it. */
  readonly positions?: number;
  /** Its place in the order in which chunks are read; absent: its index. */
  readonly turn?: number;
  /** Tokens of the document before it, where keys are to stand at the document's positions; absent: at the chunk's. */
  readonly offset?: number;
}

/**
 * A chunk whose KV cache is held. Exactly one reader owns it; whoever drops it calls `release()`.
 * A fan-out in the graph calls `retain()` once for every further reader.
 */
export interface KvChunk {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  /** Entries a head held before anything was evicted. */
  readonly entriesBefore: number;
  /** Bytes of its KV when the chunk left its prefill; absent: those of `entriesBefore` entries in every layer. */
  readonly bytesHeld?: number;
  /** Facet `question`: what the model said about the question behind this chunk. */
  readonly question?: QuestionStats;
  /** Facet `score`: by what the chunk is selected; for self-information, mean NLL of a question token in nats. */
  readonly score?: number;
  /** Whether low or high scores are good; absent: low. */
  readonly better?: "low" | "high";
  /** Chunks that were read when it was chosen, where the choice may come before all were; absent: all. */
  readonly read?: number;
  /** Chunks that are prefilled in one call: what holds chunks back must leave the budget room for so many more. */
  readonly inFlight?: number;
  retain(): void;
  release(): void;
}

/** One chunk that reached the answer, with what was kept of it. */
export interface KeptChunk {
  readonly chunk: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly line: number;
  readonly score: number | null;
  /** Entries per KV head, the mean over layers and heads. */
  readonly entries: number;
  readonly entriesBefore: number;
}

/** A chunk of a merged context, with its tokens. */
export interface MergedSource {
  readonly chunk: Chunk;
  /** Its score, turned so that high is good; absent where nothing scored it. */
  readonly merit?: number;
}

/** The kept chunks as one cache, in the document's order. */
export interface MergedContext {
  readonly cache: KvCache;
  /** Position of the question's first token: the longest kept chunk's length, lead included. */
  readonly position: number;
  readonly kept: readonly KeptChunk[];
  /** Chunks of the document. */
  readonly chunks: number;
  /** How many of them were read before these were chosen; absent: all. */
  readonly read?: number;
  /** Facet `tokens`: the chunks that entries came from; their positions are those inside them, or `places` says which. */
  readonly sources?: readonly MergedSource[];
  /** Where what stands at each position of the cache stood in its chunk, where kept tokens were read again as one text. */
  readonly places?: Int32Array; // [position]
  retain(): void;
  release(): void;
}

/** One of several answers to a question, and how sure it was. */
export interface AnswerAttempt {
  readonly answer: string;
  /** Indices of the chunks it stands on. */
  readonly chunks: readonly number[];
  /** Mean entropy of what its tokens were chosen from, in nats. */
  readonly entropy: number;
}

/** The finished answer and what it stands on. */
export interface Answer {
  readonly answer: string;
  /** Why decoding ended. */
  readonly finish: "stop" | "length";
  readonly tokens: number;
  /** Mean negative log-likelihood of the tokens, in nats, where the answer was given to be measured. */
  readonly nll?: number;
  /** Where doubt brings chunks back: all answers, the first to the last. */
  readonly attempts?: readonly AnswerAttempt[];
  readonly kept: readonly KeptChunk[];
  /** Entries of the merged cache per KV head, the mean over layers. */
  readonly contextTokens: number;
  /** Chunks of the document. */
  readonly chunks: number;
  /** How many of them were read before those kept were chosen; absent: all. */
  readonly read?: number;
  readonly provider: string;
}

/** Port type of {@linkcode Text}. */
export const Text: PortType<Text> = portType("pc/text");
/** Port type of {@linkcode TokenizedDocument}. */
export const TokenizedDocument: PortType<TokenizedDocument> = portType(
  "pc/tokenized-document",
);
/** Port type of {@linkcode Prompt}. */
export const Prompt: PortType<Prompt> = portType("pc/prompt");
/** Port type of {@linkcode Chunk}. */
export const Chunk: PortType<Chunk> = portType("pc/chunk");
/** Port type of {@linkcode KvChunk}; facets `question` and `score` say what it carries. */
export const KvChunk: PortType<KvChunk> = portType("pc/kv-chunk");
/**
 * Port type of {@linkcode MergedContext}; facet `fp32` says that keys and values are floats, not 8-bit numbers, facet
 * `tokens` that it knows the tokens of its entries.
 */
export const MergedContext: PortType<MergedContext> = portType(
  "pc/merged-context",
);
/** Port type of {@linkcode Answer}. */
export const Answer: PortType<Answer> = portType("pc/answer");
/** Port type of a piece of the answer's text, as it is decoded. */
export const Piece: PortType<string> = portType("pc/piece");
/** Port type of a loaded model. */
export const Model: PortType<LanguageModel> = portType("pc/model");
