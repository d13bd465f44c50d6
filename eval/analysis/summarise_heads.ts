import { type Shape, shapes } from "./attention_shape.ts";
import type { ZoneMasses } from "./attention_zones.ts";
import type { HeadMeasure } from "./head_measure.ts";
import { mean } from "../statistics/mean.ts";
import { meanLists } from "./mean_lists.ts";

/** How often each shape was seen. */
export type ShapeCounts = Readonly<Record<Shape, number>>;

/** One query head over several caches: means, and counts of shapes. */
export interface HeadSummary extends ZoneMasses {
  readonly layer: number;
  readonly head: number;
  /** The shape seen most often; mixed where several are. */
  readonly shape: Shape;
  readonly shapes: ShapeCounts;
  /** How many of its U's have a side there. */
  readonly sinkSides: number;
  readonly recentSides: number;
  readonly share: number;
  readonly entropy: number;
  readonly evenness: number;
  readonly top: number;
  readonly cover95: number;
  readonly effective: readonly number[]; // [epsilons]
  /** Peaks of a chunk. */
  readonly peaks: number;
  readonly profile: readonly number[]; // [bins]
  readonly ecdf: readonly number[]; // [grid]
  readonly rate: number | null;
  readonly goodness: number | null;
}

/** Groups measures by head, in order of layers and heads. */
export function summariseHeads(
  measures: readonly HeadMeasure[],
): HeadSummary[] {
  const groups = Map.groupBy(
    measures,
    ({ layer, head }) => layer * 2 ** 20 + head,
  );
  return [...groups].sort(([a], [b]) => a - b)
    .map(([, group]) => summarise(group));
}

function summarise(group: readonly HeadMeasure[]): HeadSummary {
  const { layer, head } = group[0]!;
  const over = (read: (measure: HeadMeasure) => number) =>
    mean(group.map(read));
  const each = (read: (measure: HeadMeasure) => readonly number[]) =>
    meanLists(group.map(read));
  const zone = (name: keyof ZoneMasses) =>
    over(({ chunks }) => chunks.reduce((sum, chunk) => sum + chunk[name], 0));
  const sides = (side: "sink" | "recent") =>
    group.filter((measure) => measure.sides.includes(side)).length;
  const fits = group.flatMap(({ fit }) => fit ? [fit] : []);
  const counts = countShapes(group.map(({ shape }) => shape));
  return {
    layer,
    head,
    shape: commonest(counts),
    shapes: counts,
    sinkSides: sides("sink"),
    recentSides: sides("recent"),
    sink: zone("sink"),
    middle: zone("middle"),
    recent: zone("recent"),
    share: over(({ share }) => share),
    entropy: over(({ entropy }) => entropy),
    evenness: over(({ evenness }) => evenness),
    top: over(({ top }) => top),
    cover95: over(({ cover95 }) => cover95),
    effective: each(({ effective }) => effective),
    peaks: mean(group.flatMap(({ chunks }) => chunks.map((c) => c.peaks))),
    profile: each(({ profile }) => profile),
    ecdf: each(({ ecdf }) => ecdf),
    rate: fits.length > 0 ? mean(fits.map(({ rate }) => rate)) : null,
    goodness: fits.length > 0
      ? mean(fits.map(({ goodness }) => goodness))
      : null,
  };
}

/** Counts shapes; every shape has a count. */
export function countShapes(seen: readonly Shape[]): ShapeCounts {
  const count = (shape: Shape) => seen.filter((one) => one === shape).length;
  return Object.fromEntries(
    shapes.map((shape) => [shape, count(shape)]),
  ) as Record<Shape, number>;
}

function commonest(counts: ShapeCounts): Shape {
  const most = Math.max(...Object.values(counts));
  const [first, ...others] = shapes.filter((shape) => counts[shape] === most);
  return others.length === 0 ? first! : "mixed";
}
