import type * as Ort from "onnxruntime-node";
import type { Engine } from "./engine.ts";
import { identityGraph } from "./identity_graph.ts";
import type {
  Gathered,
  RunRequest,
  SessionOptions,
  Slot,
  TensorData,
  WireTensor,
} from "./protocol.ts";
import type { Provider } from "../provider/provider.ts";

/** ONNX Runtime through its npm package: the only file that calls it. */
export class NpmEngine implements Engine {
  readonly #sessions = new Map<string, Opened>();
  readonly #slots = new Map<string, Ort.Tensor>();
  /** Sessions that bring a card's tensors to the host, by type and rank. */
  readonly #bringing = new Map<string, Ort.InferenceSession>();
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
    { threads, folder, stay = [] }: SessionOptions,
  ): Promise<void> {
    const session = await this.ort.InferenceSession.create(model, {
      executionProviders: [this.provider],
      ...(this.provider === "webgpu" && {
        preferredOutputLocation: Object.fromEntries(
          stay.map((output) => [output, "gpu-buffer"] as const),
        ),
      }),
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // A pattern is one block for a whole run, beside what the arena holds from the run before: more, and no faster.
      enableMemPattern: false,
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
    const stays = this.provider === "webgpu" && stay.length > 0;
    this.#sessions.set(name, { session, stays });
    drop(model);
  }

  async close(name: string): Promise<void> {
    await this.#sessions.get(name)?.session.release();
    this.#sessions.delete(name);
  }

  async release(): Promise<number> {
    for (const slot of [...this.#slots.keys()]) this.unbind(slot);
    const named = [...this.#sessions.values()].map(({ session }) => session);
    const sessions = [...this.#bringing.values(), ...named];
    for (const session of sessions) await session.release();
    this.#bringing.clear();
    this.#sessions.clear();
    return sessions.length;
  }

  bind(slot: string, tensor: WireTensor | Gathered): void {
    const bound = "pieces" in tensor
      ? this.#together(tensor, new Float32Array(sizeOf(tensor.dims)))
      : this.#toOrt(tensor);
    this.#put(slot, bound);
  }

  async read(slot: string): Promise<TensorData> {
    return await this.#bring(this.#resolve({ slot }));
  }

  unbind(slot: string): void {
    this.#slots.get(slot)?.dispose();
    this.#slots.delete(slot);
  }

  #put(slot: string, tensor: Ort.Tensor): void {
    this.unbind(slot);
    this.#slots.set(slot, tensor);
  }

  async run(request: RunRequest): Promise<Record<string, WireTensor>> {
    const { times = 1 } = request;
    for (let i = 1; i < times; i++) {
      await this.#once({ ...request, fetch: [], copies: [] });
    }
    return await this.#once(request);
  }

  async #once(request: RunRequest): Promise<Record<string, WireTensor>> {
    const opened = this.#sessions.get(request.session);
    if (!opened) throw new TypeError(`No session '${request.session}'`);
    const { session, stays } = opened;
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
    const names = stays ? session.outputNames : [...wanted];
    const results = await session.run(feeds, names);
    for (const output of names) {
      if (!wanted.has(output)) results[output]!.dispose();
    }
    for (const data of staged) drop(data);
    const read = new Map<string, TensorData>();
    for (const name of [...request.fetch, ...copied(request)]) {
      if (!read.has(name)) read.set(name, await this.#bring(results[name]!));
    }
    for (const { output, from, length, target } of request.copies) {
      const data = read.get(output) as Float32Array;
      target.set(data.subarray(from, from + length));
    }
    for (const [output, slot] of Object.entries(request.store)) {
      this.#put(slot, results[output]!);
    }
    const stay = new Set([...request.fetch, ...Object.keys(request.store)]);
    for (const output of copied(request)) {
      if (!stay.has(output)) drop(read.get(output)!);
    }
    return Object.fromEntries(request.fetch.map((name) => {
      const { type, dims } = results[name]!;
      const data = read.get(name)!;
      const own = name in request.store ? data.slice() : data;
      return [name, { type, data: own, dims } as WireTensor];
    }));
  }

  /** A tensor's values; from the card they come as the output of a session, for the binding's `getData()` ends the process. */
  async #bring(tensor: Ort.Tensor): Promise<TensorData> {
    if (tensor.location !== "gpu-buffer") return tensor.data as TensorData;
    const type = tensor.type as WireTensor["type"];
    const kind = `${type} ${tensor.dims.length}`;
    let session = this.#bringing.get(kind);
    if (!session) {
      const model = identityGraph(type, tensor.dims.length).build();
      session = await this.ort.InferenceSession.create(model, {
        executionProviders: [this.provider],
        logSeverityLevel: 4,
      });
      this.#bringing.set(kind, session);
    }
    const { y } = await session.run({ x: tensor });
    return y!.data as TensorData;
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
  #gather(name: string, gathered: Gathered): Ort.Tensor {
    const size = sizeOf(gathered.dims);
    let memory = this.#gathered.get(name);
    if (!memory || memory.length < size) {
      this.#gathered.set(name, memory = new Float32Array(size));
    }
    return this.#together(gathered, memory.subarray(0, size));
  }

  #together({ dims, pieces }: Gathered, data: Float32Array): Ort.Tensor {
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

/** A session. */
interface Opened {
  readonly session: Ort.InferenceSession;
  /**
   * Whether outputs stay on the card. All have to be asked for in every run then: the binding keeps those of earlier
   * runs bound, in the order of their first run, and gives out what it finds there under the names of this one.
   */
  readonly stays: boolean;
}

const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Outputs that are copied into shared memory. */
function copied({ copies }: RunRequest): Set<string> {
  return new Set(copies.map(({ output }) => output));
}

/** Gives memory back now: the collector does not see how large native buffers are. */
function drop(data: TensorData): void {
  (data.buffer as ArrayBuffer).transfer(0);
}
