import { z } from "zod";
import { single, stream } from "../core/port.ts";
import { type AnyStage, defineStage } from "../core/stage.ts";
import { prefillChunks } from "./prefill_chunks.ts";
import { fuseWithEvictor } from "./prefill_fused.ts";
import { Chunk, KvChunk, Model, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `prefill` and `prefill.question`. */
export const PrefillOptions = z.strictObject({
  batch: z.int().min(1).default(1).describe("chunks computed in one call"),
});

/** Computes each chunk's KV cache; the question is asked later, by `requery`. */
export const prefill = defineStage({
  name: "prefill",
  summary: "The KV cache of every chunk, positions from 0 in each",
  inputs: { chunks: stream(Chunk), model: single(Model) },
  outputs: { chunks: stream(KvChunk) },
  options: PrefillOptions,
  run: (inputs, { batch }, ctx) => ({
    chunks: withSingles(
      { model: inputs.model },
      ({ model }, chunks) => prefillChunks(chunks, { model, batch, ctx }),
      inputs.chunks,
    ),
  }),
  fuse: (options, next): AnyStage | string =>
    fuseWithEvictor({ stage: prefill, options }, next),
});

/** The one-pass form: the question runs behind every chunk at once; its own KV is not kept. */
export const prefillQuestion = defineStage({
  name: "prefill.question",
  summary:
    "The KV cache of every chunk and the question behind it, in one pass",
  inputs: {
    chunks: stream(Chunk),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(KvChunk, { gives: ["question"] }) },
  options: PrefillOptions,
  run: (inputs, { batch }, ctx) => ({
    chunks: withSingles(
      { prompt: inputs.prompt, model: inputs.model },
      ({ prompt, model }, chunks) =>
        prefillChunks(chunks, { model, batch, ctx, tail: prompt.tail }),
      inputs.chunks,
    ),
  }),
  fuse: (options, next): AnyStage | string =>
    fuseWithEvictor({ stage: prefillQuestion, options }, next),
});
