import { z } from "zod";

/** Options that every evictor has. */
export const EvictorOptions = z.strictObject({
  keep: z.union([
    z.strictObject({
      share: z.number().gt(0).max(1).describe("share of the entries"),
    }),
    z.strictObject({ entries: z.int().min(1).describe("entries a head") }),
  ]).default({ share: 0.5 }).describe(
    "what a KV head keeps of a chunk, lead included: { share: 0.5 } or { entries: 512 }",
  ),
  protect: z.strictObject({
    sinks: z.int().min(0).default(0).describe("first entries after the lead"),
    recent: z.int().min(0).default(0).describe("last entries of the chunk"),
  }).prefault({}).describe("entries kept whatever their score"),
  share: z.enum(["none", "layer", "model"]).default("none").describe(
    "who keeps the same entries: each KV head its own, a layer's heads, or the whole model (mean of the scores)",
  ),
});

/** Parsed {@linkcode EvictorOptions}. */
export type EvictorOptions = z.output<typeof EvictorOptions>;

/** Entries a head keeps of `entries`. */
export function keepCount(
  { keep }: Pick<EvictorOptions, "keep">,
  entries: number,
): number {
  return "share" in keep ? Math.ceil(keep.share * entries) : keep.entries;
}
