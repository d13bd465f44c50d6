import type { Weight } from "../../onnx/builder.ts";
import {
  cString,
  cStrings,
  type Handle,
  openOrtApi,
  type OrtApi,
  Out,
} from "./ort_api.ts";
import { keepLibrary } from "./keep_library.ts";
import { OrtSession } from "./ort_session.ts";
import { OrtTensor } from "./ort_tensor.ts";

/** What a session is opened with. */
export interface OrtSessionOptions {
  readonly threads?: number;
  /** Options of the CUDA provider; absent: the processor computes. */
  readonly cuda?: Readonly<Record<string, string>>;
  /** ONNX Runtime's configuration entries (onnxruntime_session_options_config_keys.h). */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether a run whose shapes came before takes one block for all that it holds; default: yes. */
  readonly patterns?: boolean;
  /** Data of constants that the model names only. */
  readonly weights?: Readonly<Record<string, Weight>>;
}

/** "Fatal": what fails comes back as an error; the library would also write it to standard error. */
const FATAL = 4;
const ALL_OPTIMISATIONS = 99;

/** ONNX Runtime's library, open. */
export class OrtLibrary {
  readonly api: OrtApi;
  readonly host: Handle;
  readonly #env: Handle;

  /** @throws {TypeError} If the file is no such library, or too old. */
  constructor(path: string) {
    keepLibrary(path);
    this.api = openOrtApi(path);
    const env = new Out();
    this.api.CreateEnv(FATAL, cString("parallelcomp"), env.memory);
    this.#env = env.handle;
    this.api.DisableTelemetryEvents(this.#env);
    this.host = this.#memory("Cpu", 0);
  }

  /** Opens a session of a model's bytes. */
  open(model: Uint8Array, options: OrtSessionOptions): OrtSession {
    const { api } = this;
    const out = new Out();
    api.CreateSessionOptions(out.memory);
    const handle = out.handle;
    const weights = Object.entries(options.weights ?? {}).map(([name, of]) =>
      [name, OrtTensor.over(api, this.host, of)] as const
    );
    try {
      api.SetSessionLogSeverityLevel(handle, FATAL);
      api.SetSessionGraphOptimizationLevel(handle, ALL_OPTIMISATIONS);
      if (options.patterns === false) api.DisableMemPattern(handle);
      if (options.threads) api.SetIntraOpNumThreads(handle, options.threads);
      for (const [key, value] of Object.entries(options.config ?? {})) {
        api.AddSessionConfigEntry(handle, cString(key), cString(value));
      }
      if (options.cuda) this.#useCuda(handle, options.cuda);
      if (weights.length > 0) this.#supply(handle, weights);
      const session = new Out();
      const bytes = model as Uint8Array<ArrayBuffer>;
      const size = BigInt(bytes.length);
      api.CreateSessionFromArray(
        this.#env,
        bytes,
        size,
        handle,
        session.memory,
      );
      const device = options.cuda
        ? this.#memory("Cuda", Number(options.cuda.device_id ?? 0))
        : this.host;
      return new OrtSession(api, session.handle, { host: this.host, device });
    } finally {
      api.ReleaseSessionOptions(handle);
      for (const [, tensor] of weights) tensor[Symbol.dispose]();
    }
  }

  /** Options of runs (onnxruntime_run_options_config_keys.h); they live as long as the library. */
  runOptions(config: Readonly<Record<string, string>>): Handle {
    const out = new Out();
    this.api.CreateRunOptions(out.memory);
    for (const [key, value] of Object.entries(config)) {
      this.api.AddRunConfigEntry(out.handle, cString(key), cString(value));
    }
    return out.handle;
  }

  #useCuda(options: Handle, cuda: Readonly<Record<string, string>>): void {
    const { api } = this;
    const out = new Out();
    api.CreateCUDAProviderOptions(out.memory);
    try {
      const [keys, values] = [Object.keys(cuda), Object.values(cuda)]
        .map(cStrings);
      const count = BigInt(Object.keys(cuda).length);
      api.UpdateCUDAProviderOptions(
        out.handle,
        keys!.pointers,
        values!.pointers,
        count,
      );
      api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, out.handle);
    } finally {
      api.ReleaseCUDAProviderOptions(out.handle);
    }
  }

  #supply(
    options: Handle,
    weights: readonly (readonly [string, OrtTensor])[],
  ): void {
    const names = cStrings(weights.map(([name]) => name));
    const tensors = BigUint64Array.from(
      weights,
      ([, { handle }]) => Deno.UnsafePointer.value(handle),
    );
    const count = BigInt(weights.length);
    this.api.AddExternalInitializers(options, names.pointers, tensors, count);
  }

  #memory(device: string, id: number): Handle {
    const out = new Out();
    this.api.CreateMemoryInfo(cString(device), 0, id, 0, out.memory);
    return out.handle;
  }
}
