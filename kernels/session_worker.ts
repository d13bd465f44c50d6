import type { Reply, Request, TensorData, WireTensor } from "./protocol.ts";

interface Waiting {
  resolve(outputs: Record<string, WireTensor>): void;
  reject(cause: unknown): void;
}

/** One worker with its sessions. Requests are answered one at a time, in order. */
export class SessionWorker implements Disposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | undefined;

  constructor() {
    this.#worker = new Worker(import.meta.resolve("./_worker.ts"), {
      type: "module",
    });
    this.#waiting.set(0, { resolve: () => {}, reject: () => {} });
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(event.data.id);
      this.#waiting.delete(event.data.id);
      if ("error" in event.data) waiting?.reject(new Error(event.data.error));
      else waiting?.resolve(event.data.outputs);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`The compute worker failed: ${event.message}`));
    };
  }

  /**
   * Sends a request; `move` lists buffers that the caller gives away.
   *
   * An abort rejects at once. The kernel that runs then is not interrupted (ONNX Runtime cannot be); its result
   * is dropped.
   */
  send(
    request: Request,
    move: readonly TensorData[] = [],
    signal?: AbortSignal,
  ): Promise<Record<string, WireTensor>> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<
      Record<string, WireTensor>
    >();
    const abort = () => reject(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.set(id, { resolve, reject });
    const transfer = [...new Set(move.map((d) => d.buffer as ArrayBuffer))];
    this.#worker.postMessage({ ...request, id }, { transfer });
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends the worker without waiting for the kernel that it may be running. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
    this.#end(new Error("The model was closed"));
  }

  #end(cause: Error): void {
    this.#ended ??= cause;
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
