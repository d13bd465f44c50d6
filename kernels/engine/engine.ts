import type {
  Gathered,
  RunRequest,
  SessionOptions,
  TensorData,
  WireTensor,
} from "./protocol.ts";

/**
 * ONNX Runtime as a worker uses it: sessions by name, and tensors that stay where they were computed, in slots. One
 * engine a worker and provider; calls come one at a time. Errors name what is missing and what would work.
 */
export interface Engine {
  /** Opens a session; the model's bytes are the engine's, which may give their memory back. */
  open(
    session: string,
    model: Uint8Array,
    options: SessionOptions,
  ): Promise<void>;
  /** Frees a session; an unknown one is none. */
  close(session: string): Promise<void>;
  /**
   * Frees all slots and sessions, the last call; resolves to how many sessions there were. Their memory is the process's:
   * a worker that merely ends leaves it taken.
   */
  release(): Promise<number>;
  /** Puts a tensor into a slot, in place of what was there. Data on shared memory is copied. */
  bind(slot: string, tensor: WireTensor | Gathered): void;
  /** What a slot's tensor holds; not to be changed, and only read before the next call. */
  read(slot: string): Promise<TensorData>;
  /** Frees a slot's tensor; an empty one is none. */
  unbind(slot: string): void;
  /**
   * Runs a session: outputs under `fetch` come back on memory of their own, those under `copies` are copied into
   * shared memory, those under `store` stay in slots. An output may be wanted in several ways. After an error the
   * slots are as they were.
   */
  run(request: RunRequest): Promise<Record<string, WireTensor>>;
}
