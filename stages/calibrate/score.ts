import { z } from "zod";
import { gather } from "../../core/gather.ts";
import { owning } from "../../core/owning.ts";
import { stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import type { KvLayer } from "../../kernels/cache/kv_cache.ts";
import { describeKvChunk } from "../cache/kv_chunk.ts";
import { KvChunk } from "../types.ts";

/** Options of `calibrate.score`. */
export const CalibrateScoreOptions = z.strictObject({
  nats: z.number().min(0).default(2).describe(
    "bias of a chunk's entries for every unit by which its score lies behind the best; 0 is off",
  ),
});

/**
 * Weighs chunks by their scores: what is asked over the merged cache sees entries of the best chunk as they are, and
 * those of a chunk whose score lies d behind it with the bias −nats · d, that is with exp(−nats · d) times the weight
 * in softmax. The lead (BOS, template head) stays as it is. With mean NLL as the score and as many nats as the question
 * has tokens this would be P(question | chunk) up to a factor, the chunks' posterior; far fewer are better, for what a
 * second chunk adds to the answer shows little in its score.
 *
 * Chunks that were prefilled apart all draw attention as if each were the whole text: two chunks of noise outweigh
 * the one with the answer, which a bias of two or three nats prevents, while an entry that attention looks for keeps
 * most of its weight. It breaks where scores say little about where the answer is, and needs all kept chunks before it
 * says anything. Steps that decode read larger heads (16 numbers more) where a bias is.
 */
export const calibrateScore = defineStage({
  name: "calibrate.score",
  summary: "Weighs the attention to a chunk by how well it scored",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: CalibrateScoreOptions,
  run: (inputs, { nats }, ctx) => ({
    chunks: nats === 0 ? inputs.chunks : inputs.chunks.pipe(
      gather(ctx.node),
      owning(ctx.node, 1, (chunks) => {
        const best = Math.max(...chunks.map(meritOf));
        return chunks.map((held) =>
          withBias(held, nats * (meritOf(held) - best))
        );
      }),
    ),
  }),
});

/** A score of which the highest is the best. */
function meritOf({ chunk, score, better = "low" }: KvChunk): number {
  if (score === undefined || !Number.isFinite(score)) {
    throw new TypeError(
      `Chunk ${chunk.index} has score '${score}'; put a scorer before calibrate.score`,
    );
  }
  return better === "low" ? -score : score;
}

/** The chunk with a bias on all of its entries but the lead's. */
function withBias(held: KvChunk, bias: number): KvChunk {
  if (bias === 0) return held;
  const { cache, chunk } = held;
  const biased = (layer: KvLayer): KvLayer => ({
    ...layer,
    bias: Float32Array.from(
      layer.positions,
      (at, i) => (layer.bias?.[i] ?? 0) + (at < chunk.lead.length ? 0 : bias),
    ), // [kvHeads, entries]
  });
  return describeKvChunk(held, {
    cache: { ...cache, layers: cache.layers.map(biased) },
  });
}
