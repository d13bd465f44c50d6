import type { BoundConstants } from "./sparsity_bound.ts";
import type { ShapeLimits } from "./shape_limits.ts";
import type { ChunkSummary } from "./summarise_chunks.ts";
import type { HeadSummary, ShapeCounts } from "./summarise_heads.ts";

/** Attention of the question over caches of one kind. */
export interface AttentionView {
  /** By layer and query head. */
  readonly heads: readonly HeadSummary[];
  readonly chunks: readonly ChunkSummary[];
  /** Of every head over every cache. */
  readonly shapes: ShapeCounts;
}

/** Effective entries of one query head in chunks of one width. */
export interface HeadEffective {
  readonly layer: number;
  readonly head: number;
  /** Mean over rows and chunks, for every ε. */
  readonly effective: readonly number[]; // [epsilons]
}

/** The same text cut at one width. */
export interface WidthMeasure {
  /** Entries of the widest chunk, lead included. */
  readonly width: number;
  readonly chunks: number;
  readonly heads: readonly HeadEffective[];
}

/** Abnormal entries of one query head around a calibration. */
export interface HeadCalibration {
  readonly layer: number;
  readonly head: number;
  /** Entries above each threshold, of a chunk's mean, or of the merged cache. */
  readonly before: readonly number[]; // [thresholds]
  readonly after: readonly number[]; // [thresholds]
}

/** What one calibrating node did. */
export interface CalibrationEffect {
  readonly node: string;
  readonly stage: string;
  /** Caches that it calibrated. */
  readonly caches: number;
  /** Entries of a head, mean over layers, KV heads and caches. */
  readonly entriesBefore: number;
  readonly entriesAfter: number;
  readonly heads: readonly HeadCalibration[];
}

/** Everything that `analyze` finds; what its JSON holds. */
export interface AttentionAnalysis {
  readonly type: "analysis";
  /** The command that computed this, as it was given. */
  readonly command: string;
  readonly version: string;
  readonly graph: string;
  readonly model: string;
  readonly provider: string;
  readonly document: string;
  readonly question: string;
  readonly documentTokens: number;
  readonly documentChunks: number;
  readonly headDim: number;
  /** The question's last rows that were looked at; all where it has fewer. */
  readonly rows: number;
  readonly limits: ShapeLimits;
  readonly epsilons: readonly number[];
  /** Thresholds of abnormal attention. */
  readonly abnormal: readonly number[];
  /** Each kept chunk by itself. */
  readonly local: AttentionView;
  /** All kept chunks as one cache, the one that is decoded over. */
  readonly merged: AttentionView;
  /** What is left of the chunks was read again as one text, and `merged` is over that. */
  readonly again?: true;
  readonly widths: readonly WidthMeasure[];
  /** Tokens of the text that is cut at every width. */
  readonly widthTokens: number;
  readonly bound: BoundConstants;
  readonly calibration: readonly CalibrationEffect[];
}
