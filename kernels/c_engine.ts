import type { Engine } from "./engine.ts";
import { identityGraph } from "./identity_graph.ts";
import type { OrtLibrary } from "./onnxruntime_c/ort_library.ts";
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
  /** Data that sessions read. */
  readonly #weights = new Map<string, unknown>();

  constructor(readonly library: OrtLibrary, readonly options: CEngineOptions) {}

  open(
    name: string,
    model: Uint8Array,
    { threads, folder, weights }: SessionOptions,
  ): Promise<void> {
    const { device } = this.options;
    const session = this.library.open(model, {
      threads,
      ...(weights && { weights }),
      ...(device !== undefined && { cuda: { device_id: String(device) } }),
      config: {
        "session.force_spinning_stop": "1",
        ...(folder &&
          { "session.model_external_initializers_file_folder_path": folder }),
      },
    });
    this.#sessions.set(name, session);
    drop(model);
    // The processor reads them where they are; a device has copies.
    if (device === undefined) this.#weights.set(name, weights);
    else for (const { data } of Object.values(weights ?? {})) drop(data);
    return Promise.resolve();
  }

  close(name: string): Promise<void> {
    this.#sessions.get(name)?.[Symbol.dispose]();
    this.#sessions.delete(name);
    this.#weights.delete(name);
    return Promise.resolve();
  }

  bind(slot: string, tensor: WireTensor | Gathered): void {
    this.#put(slot, this.#tensor(tensor));
  }

  async read(slot: string): Promise<TensorData> {
    const { type, dims } = this.#inSlot(slot);
    const session = `read ${type} ${dims.length}`;
    if (!this.#sessions.has(session)) {
      const model = identityGraph(type, dims.length).build();
      await this.open(session, model, { threads: 1 });
    }
    const { y } = await this.run({
      kind: "run",
      session,
      feeds: { x: { slot } },
      fetch: ["y"],
      copies: [],
      store: {},
    });
    return y!.data;
  }

  unbind(slot: string): void {
    this.#slots.get(slot)?.[Symbol.dispose]();
    this.#slots.delete(slot);
  }

  run(request: RunRequest): Promise<Record<string, WireTensor>> {
    const session = this.#sessions.get(request.session);
    if (!session) throw new TypeError(`No session '${request.session}'`);
    using made = new DisposableStack();
    const inputs = Object.fromEntries(
      Object.entries(request.feeds).map(([name, feed]) => {
        if ("slot" in feed) return [name, this.#inSlot(feed.slot)];
        return [name, made.use(this.#tensor(feed))];
      }),
    );
    const host = new Set([
      ...request.fetch,
      ...request.copies.map(({ output }) => output),
    ]);
    const stay = Object.keys(request.store);
    // An output that is read and stays goes to host memory: it is small, and comes back when it is fed.
    const outputs = [...new Set([...host, ...stay])].map((
      name,
    ): [string, Destination] => [name, host.has(name) ? "host" : "device"]);
    const binding = made.use(session.bind(inputs, outputs));
    binding.run();
    binding.wait();
    const results = new Map(
      binding.outputs().map((tensor, i) => [outputs[i]![0], tensor]),
    );
    for (const [name, tensor] of results) {
      if (!stay.includes(name)) made.use(tensor);
    }
    for (const { output, from, length, target } of request.copies) {
      const data = results.get(output)!.view() as Float32Array;
      target.set(data.subarray(from, from + length));
    }
    const fetched = request.fetch.map((name) => {
      const tensor = results.get(name)!;
      const { type, dims } = tensor;
      return [name, { type, data: tensor.view().slice(), dims } as WireTensor];
    });
    for (const [output, slot] of Object.entries(request.store)) {
      this.#put(slot, results.get(output)!);
    }
    return Promise.resolve(Object.fromEntries(fetched));
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

  #tensor(feed: Exclude<Feed, { slot: string }>): OrtTensor {
    const { api, host } = this.library;
    if ("data" in feed) {
      const data = owned(feed.data);
      return OrtTensor.over(api, host, { ...feed, data });
    }
    const data = new Float32Array(feed.dims.reduce((a, b) => a * b, 1));
    for (const { data: piece, at } of feed.pieces) data.set(piece, at);
    return OrtTensor.over(api, host, {
      type: "float32",
      dims: feed.dims,
      data,
    });
  }
}

/** Native code may not be given shared memory. */
function owned(data: TensorData): TensorData {
  return data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
}

/** Gives memory back now: the collector does not see how large native buffers are. */
function drop(data: Uint8Array): void {
  (data.buffer as ArrayBuffer).transfer(0);
}
