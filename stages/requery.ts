import { z } from "zod";
import { owningGroups } from "../core/owning_groups.ts";
import { single, stream } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { describeKvChunk } from "./cache/kv_chunk.ts";
import { KvChunk, Model, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `requery`: none. */
export const RequeryOptions = z.strictObject({});

/** Bytes of KV asked in one call. A question's few rows cost little more than reading the weights, which a group does once. */
const GROUP_BYTES = 64 * 2 ** 20;

/**
 * Runs the question's tokens over each chunk's stored KV: the same numbers as the one-pass form, without a new
 * prefill. Chunks that wait together (in `chat`: all of them) are asked together.
 */
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
  stops: "it needs the whole KV",
  run: (inputs, _options, { node }) => ({
    chunks: withSingles(
      { prompt: inputs.prompt, model: inputs.model },
      ({ prompt, model }, chunks) =>
        chunks.pipe(owningGroups({
          by: node,
          concurrency: 1,
          joins: (group, next) =>
            group.length < arriving(next, model) ||
            bytesOf([...group, next]) <= GROUP_BYTES,
          work: (group, signal) => ask(group, prompt, model, signal),
        })),
      inputs.chunks,
    ),
  }),
});

/** Chunks that are prefilled while a group is asked: fewer in a group, and they would pile up. */
function arriving(
  { inFlight = 1 }: KvChunk,
  { workers }: LanguageModel,
): number {
  return (workers + 1) * inFlight;
}

function bytesOf(chunks: readonly KvChunk[]): number {
  return chunks.reduce((sum, { cache }) => sum + cache.bytes, 0);
}

async function ask(
  group: readonly KvChunk[],
  { tail }: Prompt,
  model: LanguageModel,
  signal: AbortSignal,
): Promise<KvChunk[]> {
  const items = group.map(({ cache, entriesBefore }) => ({
    cache,
    position: entriesBefore,
  }));
  const questions = await model.requery(items, tail, signal);
  return group.map((chunk, i) =>
    describeKvChunk(chunk, { question: questions[i]! })
  );
}
