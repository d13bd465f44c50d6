import { z } from "zod";

/** How much a KV head keeps. */
const KeepOption = z.union([
  z.strictObject({
    share: z.number().gt(0).max(1).describe("share of the entries"),
  }),
  z.strictObject({ entries: z.int().min(1).describe("entries a head") }),
]);

/** Entries of one stretch of positions. */
const SpanOption = z.strictObject({
  chunk: z.int().min(0).optional().describe("index of the chunk; default: all"),
  from: z.int().min(0).describe("first position inside the chunk"),
  to: z.int().min(1).describe("position behind the last"),
});

/** The option `protect` with another number of sinks. */
export function protectOption(sinks: number) {
  return z.strictObject({
    sinks: z.int().min(0).default(sinks).describe(
      "first entries after the lead",
    ),
    recent: z.int().min(0).default(0).describe("last entries of the chunk"),
    spans: z.array(SpanOption).default([]).describe(
      "stretches of positions, lead included: { chunk: 3, from: 10, to: 20 }",
    ),
  }).prefault({}).describe("entries kept whatever their score");
}

const reduceOption = z.enum(["mean", "max", "sum"]).default("mean").describe(
  "how a span's score comes of its entries'",
);

/** Options that every evictor has. */
export const EvictorOptions = z.strictObject({
  keep: KeepOption.default({ share: 0.5 }).describe(
    "what a KV head keeps of a chunk, lead included: { share: 0.5 } or { entries: 512 }",
  ),
  total: z.int().min(1).optional().describe(
    "over a merged context: what a KV head keeps of all chunks together, in place of keep",
  ),
  protect: protectOption(0),
  share: z.enum(["none", "layer", "model"]).default("none").describe(
    "who keeps the same entries: each KV head its own, a layer's heads, or the whole model",
  ),
  agree: z.enum(["mean", "max"]).optional().describe(
    "how heads that share come to one score: their mean (default), or the largest, so that what any head looks at stays",
  ),
  spans: z.union([
    z.literal("none"),
    z.strictObject({
      tokens: z.int().min(2).describe("positions in a span"),
      reduce: reduceOption,
    }),
    z.strictObject({
      sentences: z.literal(true).describe("a span is a sentence"),
      reduce: reduceOption,
    }),
  ]).default("none").describe(
    "keep whole spans, best first: { tokens: 20 } or { sentences: true }; the last one is cut to the budget",
  ),
  merge: z.union([
    z.literal("none"),
    z.strictObject({
      what: z.enum(["values", "both"]).default("values").describe(
        "what is merged: values alone, or keys too",
      ),
      threshold: z.number().min(-1).max(1).default(0).describe(
        "least cosine similarity of the keys",
      ),
      fraction: z.number().gt(0).max(1).default(1).describe(
        "share of a head's dropped entries that is merged, the most similar",
      ),
    }),
  ]).default("none").describe(
    "merge what is dropped into the kept entry of the nearest key: { what: values }",
  ),
});

/** Parsed {@linkcode EvictorOptions}. */
export type EvictorOptions = z.output<typeof EvictorOptions>;

/** Entries a head keeps of a chunk's `entries`; a number for all chunks together is a `RangeError`. */
export function keepCount(
  { keep, total }: Pick<EvictorOptions, "keep" | "total">,
  entries: number,
): number {
  if (total !== undefined) {
    throw new RangeError(
      `total: ${total} counts entries of all chunks together, and this evictor sees one at a time; say keep: { entries: ${total} }, or evict behind merge`,
    );
  }
  return "share" in keep ? Math.ceil(keep.share * entries) : keep.entries;
}

/** Entries a head keeps of the `entries` of a merged context; `keep.entries` counts for every chunk. */
export function mergedKeepCount(
  { keep, total }: Pick<EvictorOptions, "keep" | "total">,
  entries: number,
  chunks: number,
): number {
  if (total !== undefined) return total;
  return "share" in keep
    ? Math.ceil(keep.share * entries)
    : keep.entries * chunks;
}
