import { of } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single, stream } from "../../core/port.ts";
import {
  defineStage,
  type Stage,
  type StageContext,
} from "../../core/stage.ts";
import { Arena } from "../../kernels/arena.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { calibrateCache, type CalibrationSeam } from "./calibrate_cache.ts";
import { replaceCache } from "../cache/kv_chunk.ts";
import { replaceMergedCache } from "../cache/merged_context.ts";
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

/** Turns a calibration rule into a stage that drops entries from every chunk. Dropping nothing changes nothing. */
export function defineCalibrator<C extends z.ZodType = typeof NoOptions>(
  spec: CalibratorSpec<C>,
): Calibrator<C> {
  return defineStage({
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
              const left = await calibrateCache(spec, {
                ...work,
                length: chunk.entriesBefore,
                question: () => Promise.resolve(questionOf(chunk)),
              }, options);
              return await withCache(chunk, left, { ...ctx, signal });
            }),
          );
        },
        inputs.chunks,
      ),
    }),
  });
}

/** Turns a calibration rule into a stage that asks the question over the merged cache and drops entries from it. */
export function defineMergedCalibrator<C extends z.ZodType = typeof NoOptions>(
  spec: CalibratorSpec<C>,
): MergedCalibrator<C> {
  return defineStage({
    name: spec.name,
    summary: spec.summary ?? "A calibrator of a user module",
    inputs: {
      context: single(MergedContext) as Port<MergedContext>,
      prompt: single(Prompt) as Port<Prompt>,
      model: single(Model) as Port<LanguageModel>,
    },
    outputs: { context: single(MergedContext) as Port<MergedContext> },
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
            const left = await calibrateCache(spec, {
              cache,
              model,
              arena: new Arena(),
              signal,
              question: async () => {
                const item = { cache, position };
                return (await model.requery([item], prompt.tail, signal))[0]!;
              },
            }, options);
            return left === cache
              ? context
              : await replaceMergedCache(context, left, { ...ctx, signal });
          })),
      ),
    }),
  });
}

function questionOf({ chunk, question }: KvChunk) {
  if (question) return question;
  throw new TypeError(
    `Chunk ${chunk.index} was not asked the question; put requery before it`,
  );
}

async function withCache(
  chunk: KvChunk,
  cache: KvChunk["cache"],
  ctx: StageContext,
): Promise<KvChunk> {
  if (cache === chunk.cache) return chunk;
  const calibrated = await replaceCache(chunk, cache, ctx);
  ctx.emit({
    type: "chunk",
    action: "calibrated",
    chunk: chunk.chunk.index,
    entries: meanEntries(cache),
    entriesBefore: chunk.entriesBefore,
  });
  return calibrated;
}
