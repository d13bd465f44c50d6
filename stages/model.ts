import { Observable } from "rxjs";
import { z } from "zod";
import { single } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { loadModel } from "../kernels/load_model.ts";
import { Model } from "./types.ts";

/** A number of positions, or what the model's window asks for. */
const Positions = z.union([z.literal("auto"), z.int().min(1)]).default("auto");

/** Options of `model`. */
export const ModelOptions = z.strictObject({
  path: z.string().min(1).describe(
    "GGUF file, Hugging Face folder, or exported ONNX decoder (its folder or .onnx file), relative to the working directory, a pulled model (hf:owner/name[@revision][:file]), or the bundled model's name: tiny",
  ),
  threads: z.union([z.literal("auto"), z.int().min(1)]).default("auto")
    .describe(
      "threads of all workers together; auto: what parallelcomp tune found, else the machine's cores",
    ),
  workers: z.union([z.literal("auto"), z.int().min(1)]).default("auto")
    .describe(
      "workers that prefill side by side, each with its own copy of the weights; auto: one a CUDA device, or what parallelcomp tune found, else 1",
    ),
  accuracy: z.enum(["auto", "exact", "fast", "int8", "half"]).default("auto")
    .describe(
      "exact: fp32 products; fast: 8-bit activations by blocks where the weights are quantised; int8: chunks in 8-bit products, weights by output and activations by row; half: all in 16 bits; auto: half with CUDA, else what parallelcomp tune was allowed and found, else exact",
    ),
  provider: z.enum(["auto", "cpu", "webgpu", "cuda"]).default("auto").describe(
    "what computes; auto: cuda where it can be opened, else cpu",
  ),
  rope: z.union([
    z.literal("model"),
    z.strictObject({
      type: z.literal("dynamic"),
      factor: z.number().min(1).default(1),
    }),
    z.strictObject({
      type: z.literal("yarn"),
      factor: z.union([z.literal("auto"), z.number().min(1)]).default("auto"),
    }),
  ]).default("model").describe(
    "RoPE beyond the window of a model that does not scale it: dynamic, NTK whose base grows with the length of a pass; yarn, by a factor, auto: of the run's positions over the window",
  ),
  positions: z.union([
    z.literal("model"),
    z.strictObject({
      type: z.literal("self-extend"),
      group: z.int().min(1).default(8),
      neighbours: Positions,
    }),
    z.strictObject({
      type: z.literal("lm-infinite"),
      sinks: z.int().min(0).default(10),
      reach: Positions,
    }),
    z.strictObject({
      type: z.literal("dual-chunk"),
      chunk: Positions,
      limit: Positions,
    }),
  ]).default("model").describe(
    "distances beyond the window as others that the model knows: self-extend, by groups but for neighbours (auto: a quarter of the window); lm-infinite, the first entries and the newest alone (reach auto: the window); dual-chunk, by chunks (chunk and limit auto: 5/8 and 3/4 of the window). Processor only; keys are cached before RoPE, so no stage that asks for attention works",
  ),
});

/** Opens a model as options of the stage `model` say. */
export function openFor(
  options: z.output<typeof ModelOptions>,
): Promise<LanguageModel> {
  const { path, threads, workers, accuracy, provider, rope, positions } =
    options;
  return loadModel(path, {
    provider,
    tuned: true,
    ...(workers !== "auto" && { workers }),
    ...(accuracy !== "auto" && { accuracy }),
    ...(threads !== "auto" && { threads }),
    ...(rope !== "model" && { rope }),
    ...(positions !== "model" && { positions }),
  });
}

/** A loaded model. It lives until the last stage that uses it has ended: the output never completes by itself. */
export const model = defineStage({
  name: "model",
  summary: "A language model, opened from a file",
  inputs: {},
  outputs: { model: single(Model) },
  options: ModelOptions,
  run: (_inputs, options, ctx) => ({
    model: new Observable<LanguageModel>((subscriber) => {
      const loading = openFor(options);
      loading.then(
        (loaded) => {
          ctx.emit({ type: "provider", provider: loaded.provider });
          subscriber.next(loaded);
        },
        (error) => subscriber.error(error),
      );
      return () => {
        loading.then((loaded) => loaded[Symbol.asyncDispose]()).catch(() => {});
      };
    }),
  }),
});
