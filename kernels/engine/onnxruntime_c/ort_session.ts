import { cString, type Handle, type OrtApi, Out } from "./ort_api.ts";
import { OrtTensor } from "./ort_tensor.ts";

/** Where an output goes: host memory, the memory that the session computes in, or over a tensor that is there. */
export type Destination = "host" | "device" | OrtTensor;

/** An open session of ONNX Runtime. */
export class OrtSession implements Disposable {
  #allocator: Handle | undefined;

  constructor(
    readonly api: OrtApi,
    readonly handle: Handle,
    readonly memory: { readonly host: Handle; readonly device: Handle },
  ) {}

  /** Names inputs and where outputs go; of it runs can be made. */
  bind(
    inputs: Readonly<Record<string, OrtTensor>>,
    outputs: readonly (readonly [name: string, to: Destination])[],
  ): OrtBinding {
    const { api, memory } = this;
    const out = new Out();
    api.CreateIoBinding(this.handle, out.memory);
    const binding = new OrtBinding(this, out.handle);
    try {
      for (const [name, { handle }] of Object.entries(inputs)) {
        api.BindInput(binding.handle, cString(name), handle);
      }
      for (const [name, to] of outputs) {
        if (to instanceof OrtTensor) {
          api.BindOutput(binding.handle, cString(name), to.handle);
        } else {
          const where = to === "host" ? memory.host : memory.device;
          api.BindOutputToDevice(binding.handle, cString(name), where);
        }
      }
      return binding;
    } catch (error) {
      binding[Symbol.dispose]();
      throw error;
    }
  }

  /** A tensor in the memory that the session computes in, not filled; it must go before the session. */
  empty(type: OrtTensor["type"], dims: readonly number[]): OrtTensor {
    return OrtTensor.empty(this.api, this.#memory(), type, dims);
  }

  /** Bytes that the session's arena has taken so far: weights, and what runs needed at most. */
  arenaBytes(): number {
    const { api } = this;
    const out = new Out();
    api.AllocatorGetStats(this.#memory(), out.memory);
    const pairs = out.handle;
    const bytes = Number(api.textOf(pairs, "TotalAllocated"));
    api.ReleaseKeyValuePairs(pairs);
    return bytes;
  }

  #memory(): Handle {
    if (!this.#allocator) {
      const out = new Out();
      this.api.CreateAllocator(this.handle, this.memory.device, out.memory);
      this.#allocator = out.handle;
    }
    return this.#allocator;
  }

  [Symbol.dispose](): void {
    if (this.#allocator) this.api.ReleaseAllocator(this.#allocator);
    this.api.ReleaseSession(this.handle);
  }
}

/** Inputs and outputs of runs of a session. */
export class OrtBinding implements Disposable {
  constructor(readonly session: OrtSession, readonly handle: Handle) {}

  /** Runs once; on return outputs in host memory can be read. */
  run(options: Handle | null = null): void {
    const { api, handle } = this.session;
    api.RunWithBinding(handle, options, this.handle);
  }

  /** Waits for what runs started on the device. */
  wait(): void {
    this.session.api.SynchronizeBoundOutputs(this.handle);
  }

  /** The outputs of the last run, in the order in which they were bound; the caller's to dispose. */
  outputs(): OrtTensor[] {
    const { api } = this.session;
    const allocator = new Out();
    api.GetAllocatorWithDefaultOptions(allocator.memory);
    const values = new Out();
    const count = new Out();
    api.GetBoundOutputValues(
      this.handle,
      allocator.handle,
      values.memory,
      count.memory,
    );
    if (count.number === 0) return [];
    const view = new Deno.UnsafePointerView(values.handle);
    const tensors = Array.from(
      { length: count.number },
      (_, i) => new OrtTensor(api, view.getPointer(i * 8)!),
    );
    api.AllocatorFree(allocator.handle, values.handle);
    return tensors;
  }

  [Symbol.dispose](): void {
    this.session.api.ReleaseIoBinding(this.handle);
  }
}
