import { openModel } from "../io/open_model.ts";
import { readTuning } from "../io/tuning.ts";
import { chooseProvider } from "./provider/choose_provider.ts";
import { loadExported } from "./exported/load_exported.ts";
import {
  choosePositions,
  type PositionChoice,
} from "./rope/choose_positions.ts";
import { familyModel } from "./family/family_model.ts";
import { engineOf } from "./provider/engine_of.ts";
import type { LanguageModel } from "./language_model.ts";
import type { Accuracy } from "./layers/linear.ts";
import { OnnxModel } from "./model/onnx_model.ts";
import { nvidiaDriver } from "./engine/nvidia_driver.ts";
import type { ProviderChoice } from "./provider/provider.ts";
import { type RopeChoice, scaleRope } from "./rope/scale_rope.ts";

/** Options of {@linkcode loadModel}. */
export interface LoadModelOptions {
  /** Threads of all workers together, at most and by default the machine's cores. */
  readonly threads?: number;
  /**
   * Workers that prefill chunks side by side, each with its own copy of the weights; default: one, with CUDA one a
   * device.
   */
  readonly workers?: number;
  /** See {@linkcode Accuracy}; default: `half` with CUDA, else `exact`. An exported model computes as it was exported. */
  readonly accuracy?: Accuracy;
  /**
   * See {@linkcode ProviderChoice}; default `auto`, which takes the processor for exports. One that cannot be opened is
   * an error that says what would work.
   */
  readonly provider?: ProviderChoice;
  /**
   * On the processor, threads, workers and accuracy that are left out are what `parallelcomp tune` found for this model
   * on this machine; default false.
   */
  readonly tuned?: boolean;
  /** RoPE scaled in place of the model's own, which must not be; default: the model's. Exports have theirs inside. */
  readonly rope?: RopeChoice;
  /** Distances as rows take them, in place of those that are; on the processor alone, and not for exports. */
  readonly positions?: PositionChoice;
}

/** Opens a model file or folder (see {@linkcode openModel}); sessions open when first used. */
export async function loadModel(
  path: string,
  options: LoadModelOptions = {},
): Promise<LanguageModel> {
  const file = await openModel(path);
  try {
    const { weights, tokenizer, chatTemplate } = file;
    // CUDA's attention is one of 16 bits, and an export computes as it was exported: `auto` does not take it there.
    const otherwise = file.exported || options.positions ? "cpu" : "auto";
    const choice = options.provider ?? "auto";
    const provider = await chooseProvider(
      choice === "auto" ? otherwise : choice,
      file.config,
    );
    const found = options.tuned && provider === "cpu"
      ? await readTuning(path)
      : undefined;
    const workers = options.workers ?? found?.workers ??
      (provider === "cuda" ? nvidiaDriver().devices.length : 1);
    const accuracy = options.accuracy ?? found?.accuracy ??
      (provider === "cuda" ? "half" : "exact");
    const cores = navigator.hardwareConcurrency;
    const wanted = options.threads ?? found?.threads ?? cores;
    const threads = Math.min(wanted, cores);
    const rest = {
      workers,
      threads: Math.max(1, Math.floor(threads / workers)),
      provider,
      tokenizer,
      ...(chatTemplate && { chatTemplate }),
      close: async () => await file[Symbol.asyncDispose](),
    };
    const { rope, positions } = options;
    if (positions && provider !== "cpu") {
      throw new RangeError(
        `Positions are mapped on the processor alone, not with '${provider}'; take provider cpu`,
      );
    }
    if (file.exported) {
      if (rope) throw cannot("RoPE", "scaled");
      if (positions) throw cannot("Positions", "mapped");
      return loadExported(file.exported, file.config, rest);
    }
    const scaled = rope ? scaleRope(file.config, rope) : file.config;
    const config = positions ? choosePositions(scaled, positions) : scaled;
    const source = await familyModel(weights, config, {
      accuracy,
      provider,
    });
    const engine = engineOf(provider);
    return new OnnxModel({ ...source, ...rest, engine });
  } catch (cause) {
    await file[Symbol.asyncDispose]();
    throw cause;
  }
}

/** What only session graphs of a family can be. */
function cannot(what: string, be: string): RangeError {
  return new RangeError(
    `${what} of an exported model cannot be ${be}: it turns and attends inside its graph; take a GGUF file or a folder with safetensors`,
  );
}
