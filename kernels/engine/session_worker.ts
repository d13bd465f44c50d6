import { setImmediate } from "node:timers";
import type { Reply, Request, TensorData, WireTensor } from "./protocol.ts";

/** A request and who waits for its reply. */
interface Asked {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  resolve(outputs: Record<string, WireTensor>): void;
  reject(cause: unknown): void;
}

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

  constructor() {
    this.#worker = new Worker(import.meta.resolve("./_worker.ts"), {
      type: "module",
    });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      const asked = this.#running;
      this.#running = undefined;
      if ("error" in event.data) asked?.reject(new Error(event.data.error));
      else asked?.resolve(event.data.outputs);
      this.#choose();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`The compute worker failed: ${event.message}`));
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

  /** Ends the worker without waiting for the kernel that it may be running. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
    this.#end(new Error("The model was closed"));
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
