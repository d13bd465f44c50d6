import { z } from "zod";

/** Where an entry lies: near the chunk's start, near its end, or between. */
export const Zone = z.enum(["sink", "recent", "middle", "all"]);

/** A share of the model's depth. */
const Depth = z.number().min(0).max(1);

/** One rule of `calibrate`: entries of a zone with more attention than lambda go. */
export const CalibrationRule = z.strictObject({
  zone: Zone.describe("sink, recent, middle, or all of them"),
  layers: z.union([
    z.tuple([z.int().min(0), z.int().min(0)]),
    z.strictObject({ depth: z.tuple([Depth, Depth]) }),
  ]).default({ depth: [0, 1] }).describe(
    "first and last layer, 0-based, or { depth: [0.25, 0.5] } as shares of the model's depth",
  ),
  lambda: z.number().gt(0).default(0.1).describe(
    "attention above this is abnormal; 1 or more drops nothing",
  ),
  rows: z.int().min(1).default(1).describe(
    "the question's last rows, whose mean attention counts",
  ),
  width: z.int().min(0).default(100).describe(
    "entries of the sink zone and of the recent zone",
  ),
  reduce: z.enum(["mean", "max"]).default("mean").describe(
    "over the query heads of a KV group",
  ),
});

/** Parsed {@linkcode CalibrationRule}. */
export type CalibrationRule = z.output<typeof CalibrationRule>;

/** Whether index `index` of `length` is in a zone. Each index is in exactly one of sink, recent and middle, sink first. */
export function inZone(
  zone: z.output<typeof Zone>,
  index: number,
  length: number,
  width: number,
): boolean {
  if (zone === "all") return true;
  const sink = index < width;
  const recent = !sink && index >= length - width;
  return zone === "sink" ? sink : zone === "recent" ? recent : !sink && !recent;
}

/** First and last layer of a rule in a model of `layers` layers; from ⌊f · L⌋ to ⌈t · L⌉ − 1 for depths. */
export function layerRange(
  { layers: range }: Pick<CalibrationRule, "layers">,
  layers: number,
): readonly [first: number, last: number] {
  const [first, last] = "depth" in range
    ? [
      Math.floor(range.depth[0] * layers),
      Math.ceil(range.depth[1] * layers) - 1,
    ]
    : range;
  if (first > last || last >= layers) {
    throw new RangeError(
      `A rule covers layers ${first} to ${last}; the model has 0 to ${
        layers - 1
      }`,
    );
  }
  return [first, last];
}
