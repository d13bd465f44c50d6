import { attentionEcdf } from "./attention_ecdf.ts";
import { attentionPeaks, type Segment } from "./attention_peaks.ts";
import { attentionShape, type Shape } from "./attention_shape.ts";
import { type AttentionSpread, attentionSpread } from "./attention_spread.ts";
import { zoneEntries, type ZoneMasses, zoneMasses } from "./attention_zones.ts";
import { type DistanceFit, distanceFit } from "./distance_fit.ts";
import type { HeadAttention } from "./head_attention.ts";
import { positionProfile } from "./position_profile.ts";
import type { ShapeLimits } from "./shape_limits.ts";

/** Parts into which entries are grouped by relative position. */
const BINS = 50;

/** Attention of one head to the part of a cache that came from one chunk. */
export interface ChunkPart extends ZoneMasses {
  readonly chunk: number;
  readonly entries: number;
  /** Of this part alone, brought to a sum of 1. */
  readonly shape: Shape;
  readonly peaks: number;
}

/** What is measured of one query head over one cache. */
export interface HeadMeasure extends AttentionSpread {
  readonly layer: number;
  readonly head: number;
  readonly entries: number;
  readonly shape: Shape;
  readonly sides: readonly ("sink" | "recent")[];
  readonly share: number;
  readonly effective: readonly number[]; // [epsilons]
  /** Zones and peaks chunk by chunk; masses are shares of the whole. */
  readonly chunks: readonly ChunkPart[];
  readonly profile: readonly number[]; // [bins]
  readonly ecdf: readonly number[]; // [grid]
  readonly fit: DistanceFit | null;
}

/** One head's attention and where its entries came from. */
export interface MeasuredHead {
  readonly layer: number;
  readonly head: number;
  readonly attention: HeadAttention;
  readonly segments: readonly Segment[];
}

/** Measures one head. */
export function measureHead(
  { layer, head, attention, segments }: MeasuredHead,
  limits: ShapeLimits,
): HeadMeasure {
  const { p, share, effective } = attention;
  const peaks = attentionPeaks(p, segments, limits);
  return {
    layer,
    head,
    entries: p.length,
    ...attentionShape(p, limits),
    ...attentionSpread(p),
    share,
    effective,
    chunks: segments.map(({ chunk, from, to }, s) => ({
      chunk,
      entries: to - from,
      shape: attentionShape(alone(p.subarray(from, to)), limits).shape,
      ...zoneMasses(p.subarray(from, to), zoneEntries(to - from, limits)),
      peaks: peaks[s]!,
    })),
    profile: positionProfile(p, BINS),
    ecdf: attentionEcdf(p),
    fit: distanceFit(p),
  };
}

/** A part of attention brought to a sum of 1; flat where it gets nothing. */
function alone(part: Float64Array): Float64Array {
  const sum = part.reduce((a, b) => a + b, 0);
  return part.map((mass) => sum > 0 ? mass / sum : 1 / part.length);
}
