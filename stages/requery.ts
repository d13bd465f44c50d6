import { mergeMap } from "rxjs";
import { z } from "zod";
import { single, stream } from "../core/port.ts";
import { abortable, defineStage } from "../core/stage.ts";
import { describeKvChunk } from "./kv_chunk.ts";
import { KvChunk, Model, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `requery`: none. */
export const RequeryOptions = z.strictObject({});

/** Runs the question's tokens over each chunk's stored KV: the same numbers as the one-pass form, without a new prefill. */
export const requery = defineStage({
  name: "requery",
  summary: "Asks the question behind every chunk that is already prefilled",
  inputs: {
    chunks: stream(KvChunk),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(KvChunk, { like: "chunks", gives: ["question"] }) },
  options: RequeryOptions,
  run: (inputs) => ({
    chunks: withSingles(
      { prompt: inputs.prompt, model: inputs.model },
      ({ prompt, model }, chunks) =>
        chunks.pipe(
          mergeMap((chunk) =>
            abortable(async (signal) => {
              const question = await model.requery(
                chunk.cache,
                prompt.tail,
                chunk.entriesBefore,
                signal,
              );
              return describeKvChunk(chunk, { question });
            })
          ), // no limit: workers take turns, so that none is asked behind chunks that come later
        ),
      inputs.chunks,
    ),
  }),
});
