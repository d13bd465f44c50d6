import assert from "node:assert/strict";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { CEngine } from "../../../kernels/engine/c_engine.ts";
import type { Engine } from "../../../kernels/engine/engine.ts";
import { NpmEngine } from "../../../kernels/engine/npm_engine.ts";
import { ortFiles } from "../../../kernels/engine/onnxruntime_c/ort_files.ts";
import { OrtLibrary } from "../../../kernels/engine/onnxruntime_c/ort_library.ts";
import { ReleaseTurn } from "../../../kernels/engine/release_turn.ts";

function doubled(): Uint8Array {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  g.output("double", g.op("Add", [x, x]), "float32", ["n"]); // [n]
  return g.build();
}

/** Opens sessions of which one is closed and one keeps an output, releases the engine, and tries to go on. */
async function useAndRelease(engine: Engine): Promise<number> {
  for (const name of ["one", "two", "three"]) {
    await engine.open(name, doubled(), { threads: 1 });
  }
  const run = {
    kind: "run" as const,
    session: "two",
    feeds: {
      x: { type: "float32" as const, data: new Float32Array(2), dims: [2] },
    },
    fetch: [],
    copies: [],
    store: { double: "kept" },
  };
  await engine.run(run);
  await engine.close("one");
  const released = await engine.release();
  await assert.rejects(async () => await engine.run(run), /No session 'two'/);
  await assert.rejects(
    async () => await engine.read("kept"),
    /No tensor in slot 'kept'/,
  );
  return released;
}

Deno.test("CEngine.release() releases in ONNX Runtime what is open, and the tensors in slots before", async () => {
  const { library } = await ortFiles();
  const opened = new OrtLibrary(library);
  const said: string[] = [];
  const api = opened.api as { -readonly [K in keyof typeof opened.api]: never };
  for (const name of ["ReleaseSession", "ReleaseValue"] as const) {
    const release = opened.api[name];
    api[name] = ((of: Deno.PointerObject) => {
      said.push(name);
      release(of);
    }) as never;
  }
  assert.equal(await useAndRelease(new CEngine(opened, {})), 2);
  assert.deepEqual(
    said.slice(-4),
    ["ReleaseSession", "ReleaseValue", "ReleaseSession", "ReleaseSession"],
  );
  assert.equal(said.filter((name) => name === "ReleaseSession").length, 3);
});

Deno.test("NpmEngine.release() releases in ONNX Runtime what is open", async () => {
  const engine = await NpmEngine.open("cpu");
  const { InferenceSession } = engine.ort;
  const create = InferenceSession.create;
  let open = 0;
  InferenceSession.create = (async (model: Uint8Array, options: object) => {
    const session = await create.call(InferenceSession, model, options);
    const release = session.release.bind(session);
    open++;
    session.release = async () => {
      open--;
      await release();
    };
    return session;
  }) as typeof create;
  try {
    assert.equal(await useAndRelease(engine), 2);
    assert.equal(open, 0);
  } finally {
    InferenceSession.create = create;
  }
});

Deno.test("ReleaseTurn.take() releases once, and not where the process exits already", async () => {
  let released = 0;
  const release = () => Promise.resolve(void released++);
  const turn = new ReleaseTurn();
  const other = new ReleaseTurn(turn.memory);
  await other.take(release);
  await other.take(release);
  assert.equal(released, 1);
  turn.leave(); // has nothing to wait for

  const left = new ReleaseTurn();
  left.leave();
  await new ReleaseTurn(left.memory).take(release);
  assert.equal(released, 1);
});

Deno.test("ReleaseTurn.leave() waits for a release that has begun", async () => {
  const turn = new ReleaseTurn();
  const url = `data:text/javascript,${
    encodeURIComponent(`
      import { ReleaseTurn } from "${
      import.meta.resolve("../../../kernels/engine/release_turn.ts")
    }";
      self.onmessage = ({ data: { memory, done } }) =>
        new ReleaseTurn(memory).take(() => {
          self.postMessage("begun");
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
          Atomics.store(done, 0, 1);
          return Promise.resolve();
        });`)
  }`;
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(url, { type: "module" });
  try {
    const begun = new Promise((resolve) => worker.onmessage = resolve);
    worker.postMessage({ memory: turn.memory, done });
    await begun;
    turn.leave();
    assert.equal(Atomics.load(done, 0), 1);
  } finally {
    worker.terminate();
  }
});
