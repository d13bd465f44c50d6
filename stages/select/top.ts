import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { KvChunk } from "../types.ts";
import { gatherBest, KeepOption, sayOf } from "./best_chunks.ts";

/** Options of `select.top`. */
export const SelectTopOptions = z.strictObject({
  n: z.union([z.int().min(1), z.literal("all")]).default(3).describe(
    "chunks that are kept",
  ),
  keep: KeepOption,
});

/**
 * Keeps the best chunks in a bounded queue, online: a chunk that loses is released at once, so memory does not
 * grow with the document. Of two equal scores the earlier chunk is kept; the kept ones leave in the document's order.
 */
export const selectTop = defineStage({
  name: "select.top",
  summary: "Keeps the n best chunks; a chunk that loses is released at once",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectTopOptions,
  stops: "only kept chunks are evicted",
  run: (inputs, { n, keep }, ctx) => ({
    chunks: inputs.chunks.pipe(
      gatherBest({ limit: n, keep, stage: "select.top" }, ctx),
      owning(ctx.node, 1, (best) => {
        const kept = best.toSorted((a, b) => a.chunk.index - b.chunk.index);
        for (const chunk of kept) sayOf("kept", chunk, ctx);
        return kept;
      }),
    ),
  }),
});
