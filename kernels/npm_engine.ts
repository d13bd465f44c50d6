import type * as Ort from "onnxruntime-node";
import type { Engine } from "./engine.ts";
import type {
  Gathered,
  RunRequest,
  SessionOptions,
  Slot,
  TensorData,
  WireTensor,
} from "./protocol.ts";
import type { Provider } from "./provider.ts";

/** ONNX Runtime through its npm package: the only file that calls it. */
export class NpmEngine implements Engine {
  readonly #sessions = new Map<string, Ort.InferenceSession>();
  readonly #slots = new Map<string, Ort.Tensor>();
  readonly #gathered = new Map<string, Float32Array>();

  private constructor(
    readonly ort: typeof Ort,
    readonly provider: Provider,
  ) {}

  /** Loads the package; to be called in a worker, whose globals it changes. */
  static async open(provider: Provider): Promise<NpmEngine> {
    // ONNX Runtime reports usage to its maker and leaves files in TMPDIR unless told not to before it loads.
    Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
    // The native binding does not know Float16Array and refuses such tensors; without it they are Uint16Array.
    Reflect.deleteProperty(globalThis, "Float16Array");
    const ort = await import("onnxruntime-node");
    // What fails comes back as an error; the library would also write it to standard error.
    ort.env.logLevel = "fatal";
    return new NpmEngine(ort, provider);
  }

  async open(
    name: string,
    model: Uint8Array,
    { threads, folder }: SessionOptions,
  ): Promise<void> {
    const session = await this.ort.InferenceSession.create(model, {
      executionProviders: [this.provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      // A session's threads that spin after its run take the cores from the next session's.
      extra: {
        session: {
          force_spinning_stop: "1",
          ...(folder &&
            { model_external_initializers_file_folder_path: folder }),
        },
      },
    });
    this.#sessions.set(name, session);
    drop(model);
  }

  async close(name: string): Promise<void> {
    await this.#sessions.get(name)?.release();
    this.#sessions.delete(name);
  }

  bind(slot: string, tensor: WireTensor): void {
    this.#slots.set(slot, this.#toOrt(tensor));
  }

  unbind(slot: string): void {
    this.#slots.delete(slot);
  }

  async run(request: RunRequest): Promise<Record<string, WireTensor>> {
    const session = this.#sessions.get(request.session);
    if (!session) throw new TypeError(`No session '${request.session}'`);
    const feeds: Record<string, Ort.Tensor> = {};
    const staged: TensorData[] = [];
    for (const [name, feed] of Object.entries(request.feeds)) {
      feeds[name] = "pieces" in feed
        ? this.#gather(name, feed)
        : this.#resolve(feed);
      if ("data" in feed) staged.push(feeds[name].data as TensorData);
    }
    const wanted = new Set([
      ...request.fetch,
      ...request.copies.map((c) => c.output),
      ...Object.keys(request.store),
    ]);
    const results = await session.run(feeds, [...wanted]);
    for (const { output, from, length, target } of request.copies) {
      const data = results[output]!.data as Float32Array;
      target.set(data.subarray(from, from + length));
    }
    for (const data of staged) drop(data);
    const stay = new Set([...request.fetch, ...Object.keys(request.store)]);
    for (const output of new Set(request.copies.map((c) => c.output))) {
      if (!stay.has(output)) drop(results[output]!.data as TensorData);
    }
    for (const [output, slot] of Object.entries(request.store)) {
      this.#slots.set(slot, results[output]!);
    }
    return Object.fromEntries(request.fetch.map((name) => {
      const { type, data, dims } = results[name]!;
      const own = name in request.store ? data.slice() : data;
      return [name, { type, data: own, dims } as WireTensor];
    }));
  }

  #resolve(feed: WireTensor | Slot): Ort.Tensor {
    if ("data" in feed) return this.#toOrt(feed);
    const tensor = this.#slots.get(feed.slot);
    if (!tensor) throw new TypeError(`No tensor in slot '${feed.slot}'`);
    return tensor;
  }

  /**
   * Puts an input together in memory that is kept for it: chunks of a document are alike, and fresh pages would cost
   * more than the copy. What lies between pieces is left from earlier caches, and masked.
   */
  #gather(name: string, { dims, pieces }: Gathered): Ort.Tensor {
    const size = dims.reduce((a, b) => a * b, 1);
    let memory = this.#gathered.get(name);
    if (!memory || memory.length < size) {
      this.#gathered.set(name, memory = new Float32Array(size));
    }
    const data = memory.subarray(0, size);
    for (const { data: piece, at } of pieces) data.set(piece, at);
    return new this.ort.Tensor("float32", data, [...dims]);
  }

  /** The binding refuses shared memory: such data is copied into memory of its own. */
  #toOrt({ type, data, dims }: WireTensor): Ort.Tensor {
    const own: TensorData = data.buffer instanceof SharedArrayBuffer
      ? data.slice()
      : data;
    return new this.ort.Tensor(
      type as "float32",
      own as Float32Array,
      [...dims],
    );
  }
}

/** Gives memory back now: the collector does not see how large native buffers are. */
function drop(data: TensorData): void {
  (data.buffer as ArrayBuffer).transfer(0);
}
