import type { Engine } from "./engine.ts";
import { identityGraph } from "./identity_graph.ts";
import type { Handle } from "./onnxruntime_c/ort_api.ts";
import type {
  OrtLibrary,
  OrtSessionOptions,
} from "./onnxruntime_c/ort_library.ts";
import type { Destination, OrtSession } from "./onnxruntime_c/ort_session.ts";
import { OrtTensor } from "./onnxruntime_c/ort_tensor.ts";
import type {
  Feed,
  Gathered,
  RunRequest,
  SessionOptions,
  TensorData,
  WireTensor,
} from "./protocol.ts";

/** What an engine over ONNX Runtime's C interface computes on. */
export interface CEngineOptions {
  /** Number of the CUDA device; absent: the processor. */
  readonly device?: number;
}

/**
 * ONNX Runtime through its C interface: tensors in slots stay in the memory that they were computed in, that of a CUDA
 * device too, which the npm package cannot do.
 */
export class CEngine implements Engine {
  readonly #sessions = new Map<string, OrtSession>();
  readonly #slots = new Map<string, OrtTensor>();
  /** Sessions that move tensors, by type and rank. */
  readonly #movers = new Map<string, OrtSession>();
  readonly #replaying = new Set<OrtSession>();
  readonly #runOptions = new Map<number, Handle>();
  /** Memory that inputs are put together in. */
  readonly #gathered = new Map<string, Float32Array>();

  constructor(readonly library: OrtLibrary, readonly options: CEngineOptions) {}

  open(
    name: string,
    model: Uint8Array,
    { threads, folder, weights, replays }: SessionOptions,
  ): Promise<void> {
    const { device } = this.options;
    const session = this.library.open(model, {
      threads,
      ...(weights && { weights }),
      ...this.#provider(replays),
      config: {
        "session.force_spinning_stop": "1",
        ...(folder &&
          { "session.model_external_initializers_file_folder_path": folder }),
      },
    });
    this.#sessions.set(name, session);
    if (replays && device !== undefined) this.#replaying.add(session);
    drop(model);
    // The session has copies.
    for (const { data } of Object.values(weights ?? {})) drop(data);
    return Promise.resolve();
  }

  close(name: string): Promise<void> {
    const session = this.#sessions.get(name);
    if (session) this.#replaying.delete(session);
    session?.[Symbol.dispose]();
    this.#sessions.delete(name);
    return Promise.resolve();
  }

  release(): Promise<number> {
    // Nobody has seen yet how a card takes the release of recorded steps; its driver frees all when the process ends.
    if (this.options.device !== undefined) return Promise.resolve(0);
    // What lies in a session's memory goes before it.
    for (const slot of [...this.#slots.keys()]) this.unbind(slot);
    const sessions = [...this.#movers.values(), ...this.#sessions.values()];
    for (const session of sessions) session[Symbol.dispose]();
    this.#movers.clear();
    this.#sessions.clear();
    this.#replaying.clear();
    const { api } = this.library;
    for (const options of this.#runOptions.values()) {
      api.ReleaseRunOptions(options);
    }
    this.#runOptions.clear();
    return Promise.resolve(sessions.length);
  }

  bind(slot: string, tensor: WireTensor | Gathered): void {
    const bound = this.#tensor(tensor);
    if (this.options.device === undefined) return this.#put(slot, bound);
    using host = bound;
    const there = this.#slots.get(slot);
    const fits = there && there.type === host.type &&
      there.dims.join() === host.dims.join();
    const moved = this.#moved(host, fits ? there : "device");
    if (fits) moved[Symbol.dispose](); // a second name of what is there
    else this.#put(slot, moved);
  }

  read(slot: string): Promise<TensorData> {
    const tensor = this.#inSlot(slot);
    if (this.options.device === undefined) {
      return Promise.resolve(tensor.view());
    }
    using host = this.#moved(tensor, "host");
    return Promise.resolve(host.view().slice());
  }

  /** The same values elsewhere. */
  #moved(tensor: OrtTensor, to: Destination): OrtTensor {
    const { type, dims } = tensor;
    const kind = `${type} ${dims.length}`;
    let session = this.#movers.get(kind);
    if (!session) {
      const model = identityGraph(type, dims.length).build();
      session = this.library.open(model, this.#provider());
      this.#movers.set(kind, session);
    }
    using binding = session.bind({ x: tensor }, [["y", to]]);
    binding.run();
    binding.wait();
    return binding.outputs()[0]!;
  }

  #provider(replays = false): Pick<OrtSessionOptions, "cuda" | "patterns"> {
    const { device } = this.options;
    // The arena keeps what the first run took: a block for all of it would stand beside that, and be no faster.
    const patterns = false;
    if (device === undefined) return { patterns };
    return {
      patterns,
      cuda: {
        device_id: String(device),
        enable_cuda_graph: replays ? "1" : "0",
        use_tf32: "0", // fp32 is to be fp32
        // As much as is asked for: doubling would take memory that `plan` does not know of.
        arena_extend_strategy: "kSameAsRequested",
      },
    };
  }

  unbind(slot: string): void {
    this.#slots.get(slot)?.[Symbol.dispose]();
    this.#slots.delete(slot);
  }

  run(request: RunRequest): Promise<Record<string, WireTensor>> {
    const session = this.#sessions.get(request.session);
    if (!session) throw new TypeError(`No session '${request.session}'`);
    const { times = 1, inPlace, store, replay } = request;
    const there = Object.values(store).every((slot) => this.#slots.has(slot));
    if (times > 1 && !(inPlace && there)) {
      // The first run makes the memory that the others use.
      this.#once(session, { ...request, fetch: [], copies: [] }, 1);
      return this.run({ ...request, times: times - 1 });
    }
    const outputs = this.#once(session, request, times, replay);
    return Promise.resolve(outputs);
  }

  #once(
    session: OrtSession,
    request: RunRequest,
    times: number,
    replay?: number,
  ): Record<string, WireTensor> {
    const { feeds, fetch, copies, store, inPlace } = request;
    using made = new DisposableStack();
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => {
        if ("slot" in feed) return [name, this.#inSlot(feed.slot)];
        const memory = "pieces" in feed ? this.#memory(name, feed) : undefined;
        const tensor = made.use(this.#tensor(feed, memory));
        if ("data" in feed) made.defer(() => drop(tensor.data!));
        return [name, tensor];
      }),
    );
    const host = new Set([...fetch, ...copies.map(({ output }) => output)]);
    const outputs = [...new Set([...host, ...Object.keys(store)])].map((
      name,
    ): [string, Destination] => {
      const over = inPlace ? this.#slots.get(store[name] ?? "") : undefined;
      // What stays is fed again: it stays on the device, and what is read of it is a copy.
      return [name, over ?? (name in store ? "device" : "host")];
    });
    const binding = made.use(session.bind(inputs, outputs));
    const options = this.#options(session, replay);
    for (let i = 0; i < times; i++) binding.run(options);
    binding.wait();
    const results = new Map<string, OrtTensor>();
    for (const [i, tensor] of binding.outputs().entries()) {
      const [name, to] = outputs[i]!;
      // What was written over a slot's tensor is that tensor once more.
      if (!(name in store) || to instanceof OrtTensor) made.use(tensor);
      results.set(name, tensor);
    }
    const views = new Map<string, TensorData>(); // many copies may be parts of one output
    const view = (name: string): TensorData => {
      const seen = views.get(name);
      if (seen) return seen;
      const tensor = results.get(name)!;
      const there = name in store && this.options.device !== undefined
        ? made.use(this.#moved(tensor, "host"))
        : tensor;
      const data = there.view();
      views.set(name, data);
      return data;
    };
    for (const { output, from, length, target } of copies) {
      const data = view(output) as Float32Array;
      target.set(data.subarray(from, from + length));
    }
    const fetched = fetch.map((name) => {
      const { type, dims } = results.get(name)!;
      return [name, { type, data: view(name).slice(), dims } as WireTensor];
    });
    for (const [name, to] of outputs) {
      const slot = store[name];
      if (slot === undefined || to instanceof OrtTensor) continue;
      this.#put(slot, results.get(name)!);
    }
    return Object.fromEntries(fetched);
  }

  /** Options of runs; a session whose runs can be replayed is told which are not to be. */
  #options(session: OrtSession, replay = -1): Handle | null {
    if (!this.#replaying.has(session)) return null;
    let options = this.#runOptions.get(replay);
    if (!options) {
      options = this.library.runOptions({
        gpu_graph_id: String(replay),
        disable_synchronize_execution_providers: "1",
      });
      this.#runOptions.set(replay, options);
    }
    return options;
  }

  #put(slot: string, tensor: OrtTensor): void {
    this.unbind(slot);
    this.#slots.set(slot, tensor);
  }

  #inSlot(slot: string): OrtTensor {
    const tensor = this.#slots.get(slot);
    if (!tensor) throw new TypeError(`No tensor in slot '${slot}'`);
    return tensor;
  }

  /**
   * Memory that is kept for an input: chunks of a document are alike, and fresh pages would cost more than the copy.
   * What lies between pieces is left from earlier caches, and masked.
   */
  #memory(name: string, { dims }: Gathered): Float32Array {
    const size = sizeOf(dims);
    let memory = this.#gathered.get(name);
    if (!memory || memory.length < size) {
      this.#gathered.set(name, memory = new Float32Array(size));
    }
    return memory.subarray(0, size);
  }

  #tensor(
    feed: Exclude<Feed, { slot: string }>,
    data: Float32Array = new Float32Array(
      "data" in feed ? 0 : sizeOf(feed.dims),
    ),
  ): OrtTensor {
    const { api, host } = this.library;
    if ("data" in feed) {
      const data = owned(feed.data);
      return OrtTensor.over(api, host, { ...feed, data });
    }
    for (const { data: piece, at } of feed.pieces) data.set(piece, at);
    return OrtTensor.over(api, host, {
      type: "float32",
      dims: feed.dims,
      data,
    });
  }
}

const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Native code may not be given shared memory. */
function owned(data: TensorData): TensorData {
  return data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
}

/** Gives memory back now: the collector does not see how large native buffers are. */
function drop(data: TensorData): void {
  const buffer = data.buffer as ArrayBuffer;
  if (!buffer.detached) buffer.transfer(0); // two weights may be parts of one
}
