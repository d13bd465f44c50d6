/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * The only caller of ONNX Runtime: its `run` blocks the thread that it is called on.
 *
 * @module
 */
import type * as Ort from "onnxruntime-node";
import type {
  Gathered,
  Reply,
  Request,
  Slot,
  TensorData,
  WireTensor,
} from "./protocol.ts";
import { trimHeap } from "./trim_heap.ts";

// ONNX Runtime reports usage to its maker and leaves files in TMPDIR unless told not to before it loads.
Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
// The native binding does not know Float16Array and refuses such tensors; without it they are Uint16Array.
Reflect.deleteProperty(globalThis, "Float16Array");
const ort: typeof Ort = await import("onnxruntime-node");

const sessions = new Map<string, Ort.InferenceSession>();
const slots = new Map<string, Ort.Tensor>();
const gathered = new Map<string, Float32Array>();

self.onmessage = async (event: MessageEvent<Request>) => {
  try {
    const outputs = await handle(event.data);
    const moved = Object.values(outputs).map((t) =>
      t.data.buffer as ArrayBuffer
    );
    self.postMessage({ outputs } satisfies Reply, { transfer: moved });
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    self.postMessage({ error } satisfies Reply);
  }
};

async function handle(request: Request): Promise<Record<string, WireTensor>> {
  switch (request.kind) {
    case "open": {
      const session = await ort.InferenceSession.create(request.model, {
        executionProviders: ["cpu"],
        intraOpNumThreads: request.options.threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        logSeverityLevel: 4,
        // A session's threads that spin after its run take the cores from the next session's.
        extra: { session: { force_spinning_stop: "1" } },
      });
      sessions.set(request.session, session);
      drop(request.model);
      trimHeap();
      return {};
    }
    case "close":
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
      trimHeap();
      return {};
    case "bind":
      for (const [slot, tensor] of Object.entries(request.tensors)) {
        slots.set(slot, toOrt(tensor));
      }
      return {};
    case "unbind":
      for (const slot of request.slots) slots.delete(slot);
      return {};
    case "run":
      return await run(request);
  }
}

async function run(
  request: Extract<Request, { kind: "run" }>,
): Promise<Record<string, WireTensor>> {
  const session = sessions.get(request.session);
  if (!session) throw new TypeError(`No session '${request.session}'`);
  const feeds: Record<string, Ort.Tensor> = {};
  const staged: TensorData[] = [];
  for (const [name, feed] of Object.entries(request.feeds)) {
    feeds[name] = "pieces" in feed ? gather(name, feed) : resolve(feed);
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
  for (const output of new Set(request.copies.map((c) => c.output))) {
    drop(results[output]!.data as TensorData);
  }
  for (const [output, slot] of Object.entries(request.store)) {
    slots.set(slot, results[output]!);
  }
  return Object.fromEntries(request.fetch.map((name) => {
    const { type, data, dims } = results[name]!;
    const wire = { type, data, dims } as WireTensor;
    return [name, wire];
  }));
}

/** Gives memory back now: the collector does not see how large native buffers are. */
function drop(data: TensorData): void {
  (data.buffer as ArrayBuffer).transfer(0);
}

function resolve(feed: WireTensor | Slot): Ort.Tensor {
  if ("data" in feed) return toOrt(feed);
  const tensor = slots.get(feed.slot);
  if (!tensor) throw new TypeError(`No tensor in slot '${feed.slot}'`);
  return tensor;
}

/**
 * Puts an input together in memory that is kept for it: chunks of a document are alike, and fresh pages would cost
 * more than the copy. What lies between pieces is left from earlier caches, and masked.
 */
function gather(name: string, { dims, pieces }: Gathered): Ort.Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  let memory = gathered.get(name);
  if (!memory || memory.length < size) {
    gathered.set(name, memory = new Float32Array(size));
  }
  const data = memory.subarray(0, size);
  for (const { data: piece, at } of pieces) data.set(piece, at);
  return new ort.Tensor("float32", data, [...dims]);
}

/** The binding refuses shared memory: such data is copied into memory of its own. */
function toOrt({ type, data, dims }: WireTensor): Ort.Tensor {
  const own: TensorData = data.buffer instanceof SharedArrayBuffer
    ? data.slice()
    : data;
  return new ort.Tensor(type as "float32", own as Float32Array, [...dims]);
}
