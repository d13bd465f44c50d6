import { of } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single, stream } from "../../core/port.ts";
import {
  defineStage,
  type Stage,
  type StageContext,
} from "../../core/stage.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { calibrateCache, type CalibrationSeam } from "./calibrate_cache.ts";
import { markCalibrator } from "./calibrator_mark.ts";
import type { CorrectedCache } from "./correction.ts";
import {
  describeKvChunk,
  leasedBytes,
  replaceCache,
} from "../cache/kv_chunk.ts";
import {
  describeMergedContext,
  leasedBytes as leasedBytesOf,
  replaceMergedCache,
  sayBytes,
} from "../cache/merged_context.ts";
import { meanEntries } from "../cache/new_cache.ts";
import { KvChunk, MergedContext, Model, Prompt } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** A calibration rule with its name and options. */
export interface CalibratorSpec<C extends z.ZodType>
  extends CalibrationSeam<z.output<C>> {
  /** For instance `calibrate`. */
  readonly name: string;
  readonly summary?: string;
  readonly options?: C;
}

/** A stage that calibrates every chunk by itself. */
export type Calibrator<C extends z.ZodType> = Stage<
  { chunks: Port<KvChunk>; model: Port<LanguageModel> },
  { chunks: Port<KvChunk> },
  C
>;

/** A stage that calibrates the merged cache. */
export type MergedCalibrator<C extends z.ZodType> = Stage<
  {
    context: Port<MergedContext>;
    prompt: Port<Prompt>;
    model: Port<LanguageModel>;
  },
  { context: Port<MergedContext> },
  C
>;

const NoOptions = z.strictObject({});

/**
 * Turns a calibration rule into a stage that corrects every chunk: drops entries, or biases their scores. Correcting
 * nothing changes nothing. A chunk that loses entries says the bytes that were leased for it before and are now.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineCalibrator } from "parallelcomp";
 *
 * const fade = defineCalibrator({
 *   name: "my.fade",
 *   rows: () => [1],
 *   correct: ({ indices, lengths }) => ({
 *     bias: Float32Array.from(indices, (at) => at / lengths[0]! - 1), // [kvHeads, entries]
 *   }),
 * });
 * assert.equal(fade.name, "my.fade");
 * ```
 */
export function defineCalibrator<C extends z.ZodType = typeof NoOptions>(
  spec: CalibratorSpec<C>,
): Calibrator<C> {
  return markCalibrator(defineStage({
    name: spec.name,
    summary: spec.summary ?? "A calibrator of a user module",
    inputs: {
      chunks: stream(KvChunk, { needs: ["question"] }) as Port<KvChunk>,
      model: single(Model) as Port<LanguageModel>,
    },
    outputs: {
      chunks: stream(KvChunk, { like: "chunks" }) as Port<KvChunk>,
    },
    options: spec.options ?? NoOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      chunks: withSingles(
        { model: inputs.model },
        ({ model }, chunks) => {
          const arena = new Arena();
          return chunks.pipe(
            owning(ctx.node, model.workers, async (chunk, signal) => {
              const work = { cache: chunk.cache, model, arena, signal };
              const corrected = await calibrateCache(spec, {
                ...work,
                length: chunk.entriesBefore,
                question: () => Promise.resolve(questionOf(chunk)),
              }, options);
              return await withCache(chunk, corrected, { ...ctx, signal });
            }),
          );
        },
        inputs.chunks,
      ),
    }),
  }));
}

/** Turns a calibration rule into a stage that asks the question over the merged cache and corrects it. */
export function defineMergedCalibrator<C extends z.ZodType = typeof NoOptions>(
  spec: CalibratorSpec<C>,
): MergedCalibrator<C> {
  return markCalibrator(defineStage({
    name: spec.name,
    summary: spec.summary ?? "A calibrator of a user module",
    inputs: {
      context: single(MergedContext, {
        needs: ["fp32"],
      }) as Port<MergedContext>,
      prompt: single(Prompt) as Port<Prompt>,
      model: single(Model) as Port<LanguageModel>,
    },
    outputs: {
      context: single(MergedContext, { like: "context" }) as Port<
        MergedContext
      >,
    },
    options: spec.options ?? NoOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      context: withSingles(
        {
          context: inputs.context,
          prompt: inputs.prompt,
          model: inputs.model,
        },
        ({ context, prompt, model }) =>
          of(context).pipe(owning(ctx.node, 1, async (context, signal) => {
            const { cache, position } = context;
            const corrected = await calibrateCache(spec, {
              cache,
              model,
              arena: new Arena(),
              signal,
              question: async () => {
                const item = { cache, position };
                return (await model.requery([item], prompt.tail, signal))[0]!;
              },
            }, options);
            return await withMergedCache(context, corrected, {
              ...ctx,
              signal,
            });
          })),
      ),
    }),
  }));
}

function questionOf({ chunk, question }: KvChunk) {
  if (question) return question;
  throw new TypeError(
    `Chunk ${chunk.index} was not asked the question; put requery before it`,
  );
}

async function withCache(
  chunk: KvChunk,
  { cache, memory }: CorrectedCache,
  ctx: StageContext,
): Promise<KvChunk> {
  if (memory === "same") return chunk;
  const bytesBefore = leasedBytes(chunk);
  const calibrated = memory === "read"
    ? describeKvChunk(chunk, { cache })
    : await replaceCache(chunk, cache, ctx);
  const bytes = leasedBytes(calibrated);
  ctx.emit({
    type: "chunk",
    action: "calibrated",
    chunk: chunk.chunk.index,
    entries: meanEntries(cache),
    entriesBefore: chunk.entriesBefore,
    ...(bytes !== undefined && { bytes }),
    ...(bytesBefore !== undefined && { bytesBefore }),
  });
  return calibrated;
}

async function withMergedCache(
  context: MergedContext,
  { cache, memory }: CorrectedCache,
  ctx: StageContext,
): Promise<MergedContext> {
  if (memory === "same") return context;
  if (memory === "read") return describeMergedContext(context, cache);
  const before = leasedBytesOf(context);
  const calibrated = await replaceMergedCache(context, cache, ctx);
  sayBytes(ctx, before, leasedBytesOf(calibrated));
  return calibrated;
}
