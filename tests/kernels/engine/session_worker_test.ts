import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import type {
  EngineName,
  WireTensor,
} from "../../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";

function adder(): Uint8Array {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  const y = g.input("y", "float32", ["n"]); // [n]
  g.output("sum", g.op("Add", [x, y]), "float32", ["n"]); // [n]
  return g.build();
}

async function opened(
  engine: EngineName = "npm",
): Promise<SessionWorker> {
  const worker = new SessionWorker();
  await worker.send({
    kind: "open",
    session: "add",
    model: adder(),
    options: { threads: 1, engine },
  });
  return worker;
}

const vector = (...values: number[]): WireTensor => ({
  type: "float32" as const,
  data: Float32Array.from(values),
  dims: [values.length],
});

const add = (x: WireTensor, y: WireTensor) => ({
  kind: "run" as const,
  session: "add",
  feeds: { x, y },
  fetch: ["sum"],
  copies: [],
  store: {},
});

Deno.test("send() reads shared memory and copies outputs into it", async () => {
  using worker = await opened();
  const shared = new Float32Array(new SharedArrayBuffer(12));
  shared.set([1, 2, 3]);
  const target = new Float32Array(new SharedArrayBuffer(8));
  await worker.send({
    ...add({ ...vector(0, 0, 0), data: shared }, vector(10, 20, 30)),
    fetch: [],
    copies: [{ output: "sum", from: 1, length: 2, target }],
  });
  assert.deepEqual([...target], [22, 33]);
  assert.deepEqual([...shared], [1, 2, 3]);
});

Deno.test("send() keeps stored outputs in the worker for later runs", async () => {
  using worker = await opened();
  await worker.send({
    ...add(vector(1, 2), vector(3, 4)),
    fetch: [],
    store: { sum: "kept" },
  });
  const request = add(vector(0, 0), vector(1, 1));
  const { sum } = await worker.send({
    ...request,
    feeds: { x: { slot: "kept" }, y: request.feeds.y },
  });
  assert.deepEqual([...sum!.data], [5, 7]);
  await worker.send({ kind: "unbind", slots: ["kept"] });
  await assert.rejects(
    worker.send({
      ...request,
      feeds: { ...request.feeds, x: { slot: "kept" } },
    }),
    /No tensor in slot 'kept'/,
  );
});

Deno.test("send() rejects with the kernel's message and goes on working", async () => {
  using worker = await opened();
  await assert.rejects(worker.send(add(vector(1, 2), vector(1, 2, 3))));
  const { sum } = await worker.send(add(vector(1), vector(2)));
  assert.deepEqual([...sum!.data], [3]);
});

Deno.test("send() rejects on abort without waiting for the worker", async () => {
  using worker = await opened();
  const controller = new AbortController();
  const pending = worker.send(add(vector(1), vector(2)), [], controller.signal);
  controller.abort(new Error("stop"));
  await assert.rejects(pending, /stop/);
  const { sum } = await worker.send(add(vector(1), vector(2)));
  assert.deepEqual([...sum!.data], [3]);
});

Deno.test("[Symbol.dispose]() rejects what is under way and what comes later", async () => {
  const worker = await opened();
  const pending = worker.send(add(vector(1), vector(2)));
  worker[Symbol.dispose]();
  await assert.rejects(pending, /The model was closed/);
  await assert.rejects(
    worker.send(add(vector(1), vector(2))),
    /The model was closed/,
  );
});

Deno.test("[Symbol.dispose]() releases every session before the worker ends", async () => {
  for (const engine of ["npm", "c"] as const) {
    const worker = await opened(engine);
    await worker.send({
      kind: "open",
      session: "another",
      model: adder(),
      options: { threads: 1 },
    });
    await worker.send({ ...add(vector(1), vector(2)), store: { sum: "kept" } });
    worker[Symbol.dispose]();
    assert.equal(await worker.gone, 2);
  }
});

Deno.test("[Symbol.dispose]() releases sessions behind what is under way, and has nothing to release where none was opened", async () => {
  const worker = await opened();
  const pending = worker.send(add(vector(1), vector(2)));
  const settled = Promise.allSettled([pending]);
  await new Promise((begun) => setImmediate(begun));
  worker[Symbol.dispose]();
  assert.equal(await worker.gone, 1);
  await settled;

  const unused = new SessionWorker();
  unused[Symbol.dispose]();
  assert.equal(await unused.gone, 0);
});

Deno.test("send() lets what waits behind a prefill go before the next prefill", async () => {
  using worker = await opened();
  await worker.send({
    kind: "open",
    session: "prefill",
    model: adder(),
    options: { threads: 1 },
  });
  const said: string[] = [];
  const ask = (session: string, name: string) =>
    worker.send({ ...add(vector(1), vector(2)), session })
      .then(() => said.push(name));
  await Promise.all([
    ask("prefill", "first chunk").then(() => ask("add", "its question")),
    ask("prefill", "second chunk"),
    ask("add", "an older question"),
  ]);
  assert.deepEqual(said, [
    "an older question",
    "first chunk",
    "its question",
    "second chunk",
  ]);
});

Deno.test("send() does not run what was aborted while it waited", async () => {
  using worker = await opened();
  const controller = new AbortController();
  const first = worker.send(add(vector(1), vector(2)));
  const target = new Float32Array(new SharedArrayBuffer(4));
  const late = worker.send(
    {
      ...add(vector(3), vector(4)),
      fetch: [],
      copies: [{ output: "sum", from: 0, length: 1, target }],
    },
    [],
    controller.signal,
  );
  controller.abort(new Error("enough"));
  await assert.rejects(late, /enough/);
  await first;
  await worker.send(add(vector(5), vector(6)));
  assert.equal(target[0], 0);
});
