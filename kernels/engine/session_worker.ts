import { setImmediate } from "node:timers";
import type {
  End,
  Reply,
  Request,
  TensorData,
  WireTensor,
} from "./protocol.ts";
import { ReleaseTurn } from "./release_turn.ts";

/** A request and who waits for its reply. */
interface Asked {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  resolve(outputs: Record<string, WireTensor>): void;
  reject(cause: unknown): void;
}

/** How long a worker that is disposed may take to end what it computes and release its sessions, in milliseconds. */
const PATIENCE = 10_000;

/**
 * One worker with its sessions. Requests are answered one at a time: prefills last, all else in order. What a chunk
 * still needs goes before the next chunk, or chunks would pile up in front of stages that ask often.
 */
export class SessionWorker implements Disposable {
  readonly #worker: Worker;
  /** Not sent yet. */
  readonly #queue: Asked[] = [];
  #running: Asked | undefined;
  #choosing = false;
  #ended: Error | undefined;
  /** Whether anything was asked: only then something may have to be released. */
  #used = false;
  readonly #gone = Promise.withResolvers<number>();

  constructor() {
    this.#worker = new Worker(import.meta.resolve("./_worker.ts"), {
      type: "module",
    });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      if ("released" in event.data) {
        return this.#terminate(event.data.released);
      }
      const asked = this.#running;
      this.#running = undefined;
      if ("error" in event.data) asked?.reject(new Error(event.data.error));
      else asked?.resolve(event.data.outputs);
      this.#choose();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`The compute worker failed: ${event.message}`));
      this.#terminate();
    };
  }

  /**
   * Sends a request; `move` lists buffers that the caller gives away.
   *
   * An abort rejects at once, and a request that still waits is not run. The kernel that runs then is not interrupted
   * (ONNX Runtime cannot be); its result is dropped.
   */
  send(
    request: Request,
    move: readonly TensorData[] = [],
    signal?: AbortSignal,
  ): Promise<Record<string, WireTensor>> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<
      Record<string, WireTensor>
    >();
    const transfer = [...new Set(move.map((d) => d.buffer as ArrayBuffer))];
    const asked: Asked = { request, transfer, resolve, reject };
    const abort = () => {
      const at = this.#queue.indexOf(asked);
      if (at >= 0) this.#queue.splice(at, 1);
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#queue.push(asked);
    this.#choose();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Resolves when the worker has ended after it was disposed, to how many sessions it has released. */
  get gone(): Promise<number> {
    return this.#gone.promise;
  }

  /** Whether a request is being answered. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Rejects what is asked and ends the worker, without waiting: it releases its sessions behind the kernel that it may
   * be running, or not at all where that takes too long or the process exits before.
   */
  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#end(new Error("The model was closed"));
    if (!this.#used) return this.#terminate();
    const turn = new ReleaseTurn();
    const leave = () => turn.leave();
    globalThis.addEventListener("unload", leave);
    const late = setTimeout(() => this.#terminate(), PATIENCE);
    this.gone.then(() => {
      globalThis.removeEventListener("unload", leave);
      clearTimeout(late);
    });
    const end: End = { kind: "end", turn: turn.memory };
    this.#worker.postMessage(end);
  }

  #terminate(released = 0): void {
    this.#worker.terminate();
    this.#gone.resolve(released);
  }

  /** Sends the next request, a turn later: what follows from the last reply is asked by then. */
  #choose(): void {
    if (this.#choosing || this.#running || this.#ended) return;
    this.#choosing = true;
    setImmediate(() => {
      this.#choosing = false;
      if (this.#ended) return;
      const urgent = this.#queue.findIndex(({ request }) => !waits(request));
      const [next] = this.#queue.splice(Math.max(urgent, 0), 1);
      if (!next) return;
      this.#running = next;
      this.#used = true;
      this.#worker.postMessage(next.request, { transfer: [...next.transfer] });
    });
  }

  #end(cause: Error): void {
    this.#ended ??= cause;
    this.#running?.reject(cause);
    for (const { reject } of this.#queue.splice(0)) reject(cause);
  }
}

/** Whether a request begins work on a chunk. */
function waits(request: Request): boolean {
  return request.kind === "run" && request.session.startsWith("prefill");
}
