/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Where sessions run: ONNX Runtime blocks the thread that it is called on.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { openEngine } from "./open_engine.ts";
import type { End, Reply, Request, WireTensor } from "./protocol.ts";
import { ReleaseTurn } from "./release_turn.ts";
import { trimHeap } from "./trim_heap.ts";
import { widened } from "./widened.ts";

/** Opened with the first session. */
let engine: Engine | undefined;
/** What is computed; requests come one at a time, but the end comes beside one. */
let working: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Request | End>) => {
  working = data.kind === "end" ? working.then(() => end(data)) : answer(data);
};

async function answer(request: Request): Promise<void> {
  try {
    const outputs = await handle(request);
    const moved = Object.values(outputs).map((t) =>
      t.data.buffer as ArrayBuffer
    );
    self.postMessage({ outputs } satisfies Reply, { transfer: moved });
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    self.postMessage({ error } satisfies Reply);
  }
}

async function end({ turn }: End): Promise<void> {
  let released = 0;
  try {
    await new ReleaseTurn(turn).take(async () => {
      released = await engine?.release() ?? 0;
      trimHeap();
    });
  } finally {
    self.postMessage({ released } satisfies Reply);
  }
}

async function handle(request: Request): Promise<Record<string, WireTensor>> {
  if (request.kind === "open") {
    const { session, model, options } = request;
    engine ??= await openEngine(options);
    await engine.open(session, model, options);
    trimHeap();
    return {};
  }
  if (!engine) throw new TypeError("No session was opened yet");
  switch (request.kind) {
    case "close":
      await engine.close(request.session);
      trimHeap();
      return {};
    case "bind":
      for (const [slot, tensor] of Object.entries(request.tensors)) {
        engine.bind(slot, tensor);
      }
      return {};
    case "widen":
      for (
        const [slot, { from, taken, capacity }] of Object.entries(
          request.tensors,
        )
      ) {
        const data = "slot" in from ? await engine.read(from.slot) : from.data;
        engine.bind(slot, widened({ ...from, data }, taken, capacity));
      }
      return {};
    case "read":
      for (const { slot, target } of request.copies) {
        target.set(await engine.read(slot) as Float32Array);
      }
      return {};
    case "unbind":
      for (const slot of request.slots) engine.unbind(slot);
      return {};
    case "runs":
      for (const run of request.runs) await engine.run(run);
      return {};
    case "run":
      return await engine.run(request);
  }
}
