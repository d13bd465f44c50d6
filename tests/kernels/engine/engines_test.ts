import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { CEngine } from "../../../kernels/engine/c_engine.ts";
import type { Engine } from "../../../kernels/engine/engine.ts";
import { NpmEngine } from "../../../kernels/engine/npm_engine.ts";
import { ortFiles } from "../../../kernels/engine/onnxruntime_c/ort_files.ts";
import { OrtLibrary } from "../../../kernels/engine/onnxruntime_c/ort_library.ts";
import { OrtTensor } from "../../../kernels/engine/onnxruntime_c/ort_tensor.ts";
import type { WireTensor } from "../../../kernels/engine/protocol.ts";

const engines: Record<string, () => Promise<Engine>> = {
  NpmEngine: () => NpmEngine.open("cpu"),
  CEngine: async () => {
    const { library } = await ortFiles();
    return new CEngine(new OrtLibrary(library), {});
  },
};

/** `sum` = x + [1, 2, 3], `double` = 2 x, of rows of three. */
function sums(): GraphBuilder {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["n", 3]); // [n, 3]
  const steps = g.constant(Float32Array.of(1, 2, 3), [3]); // [3]
  g.output("sum", g.op("Add", [x, steps]), "float32", ["n", 3]);
  g.output("double", g.op("Add", [x, x]), "float32", ["n", 3]);
  return g;
}

function row(...data: number[]): WireTensor {
  return { type: "float32", data: Float32Array.from(data), dims: [1, 3] };
}

Deno.test("OrtSession.arenaBytes() counts what runs have taken, and a second run of a kind takes no more without patterns", async () => {
  const { library } = await ortFiles();
  const opened = new OrtLibrary(library);
  for (const patterns of [true, false]) {
    using session = opened.open(sums().build(), { threads: 1, patterns });
    const before = session.arenaBytes();
    const data = new Float32Array(3 << 20); // [rows, 3]
    using x = OrtTensor.over(opened.api, opened.host, {
      type: "float32",
      dims: [1 << 20, 3],
      data,
    });
    const taken: number[] = [];
    for (let i = 0; i < 3; i++) {
      using binding = session.bind({ x }, [["sum", "host"]]);
      binding.run();
      for (const tensor of binding.outputs()) tensor[Symbol.dispose]();
      taken.push(session.arenaBytes() - before);
    }
    assert(taken[0]! >= data.byteLength, `${taken}`);
    if (!patterns) assert.deepEqual(taken, Array(3).fill(taken[0]));
  }
});

Deno.test("GraphBuilder.build() leaves out what no output needs", () => {
  const g = sums();
  const unneeded = g.op("Neg", [{ name: "x" }]); // [n, 3]
  g.op("Exp", [unneeded]);
  const { graph } = fromBinary(ModelProtoSchema, g.build());
  const types = graph!.node.map(({ opType }) => opType);
  assert.deepEqual(types.toSorted(), ["Add", "Add", "Identity", "Identity"]);
});

const nothing = { fetch: [], copies: [], store: {}, feeds: {} } as const;
const run = { kind: "run", session: "sums", ...nothing } as const;

for (const [name, open] of Object.entries(engines)) {
  const opened = async (): Promise<Engine> => {
    const engine = await open();
    await engine.open("sums", sums().build(), { threads: 1 });
    return engine;
  };

  Deno.test(`${name} gives fetched outputs and copies`, async () => {
    const engine = await opened();
    const target = new Float32Array(new SharedArrayBuffer(8)); // [2]
    const outputs = await engine.run({
      ...run,
      feeds: { x: row(1, 1, 1) },
      fetch: ["sum"],
      copies: [{ output: "double", from: 1, length: 2, target }],
    });
    assert.deepEqual(outputs, { sum: row(2, 3, 4) });
    assert.deepEqual([...target], [2, 2]);
    await engine.close("sums");
  });

  Deno.test(`${name} keeps outputs in slots and feeds them`, async () => {
    const engine = await opened();
    engine.bind("a", row(1, 2, 3));
    for (let i = 0; i < 3; i++) {
      await engine.run({
        ...run,
        feeds: { x: { slot: "a" } },
        store: { double: "a" },
      });
    }
    const { sum, double } = await engine.run({
      ...run,
      feeds: { x: { slot: "a" } },
      fetch: ["sum", "double"],
      store: { double: "b" },
    });
    assert.deepEqual(sum, row(9, 18, 27));
    assert.deepEqual(double, row(16, 32, 48));
    const again = await engine.run({
      ...run,
      feeds: { x: { slot: "b" } },
      fetch: ["sum"],
    });
    assert.deepEqual(again.sum, row(17, 34, 51));
    await engine.close("sums");
  });

  Deno.test(`${name} reads slots, and puts pieces together in them`, async () => {
    const engine = await opened();
    const [first, second] = [Float32Array.of(1, 2), Float32Array.of(3)];
    const pieces = [{ data: second, at: 2 }, { data: first, at: 0 }];
    engine.bind("a", { dims: [1, 3], pieces });
    assert.deepEqual([...await engine.read("a")], [1, 2, 3]);
    const feeds = { x: { slot: "a" } };
    await engine.run({ ...run, feeds, store: { double: "a" } });
    assert.deepEqual([...await engine.read("a")], [2, 4, 6]);
    await assert.rejects(async () => await engine.read("b"), /slot 'b'/);
    await engine.close("sums");
  });

  Deno.test(`${name} puts pieces together and takes shared memory`, async () => {
    const engine = await opened();
    const shared = new Float32Array(new SharedArrayBuffer(12)); // [3]
    shared.set([1, 2, 3]);
    const x = { type: "float32", data: shared, dims: [1, 3] } as const;
    const { sum } = await engine.run({ ...run, feeds: { x }, fetch: ["sum"] });
    assert.deepEqual(sum, row(2, 4, 6));
    const gathered = await engine.run({
      ...run,
      feeds: {
        x: {
          dims: [2, 3],
          pieces: [{ data: shared, at: 0 }, { data: shared, at: 3 }],
        },
      },
      fetch: ["double"],
    });
    assert.deepEqual([...gathered.double!.data], [2, 4, 6, 2, 4, 6]);
    await engine.close("sums");
  });

  Deno.test(`${name} says what is missing, and goes on`, async () => {
    const engine = await opened();
    const ask = async (request: Parameters<Engine["run"]>[0]) =>
      await engine.run(request);
    await assert.rejects(
      () => ask({ ...run, session: "other" }),
      /No session 'other'/,
    );
    engine.bind("a", row(1, 2, 3));
    engine.unbind("a");
    await assert.rejects(
      () => ask({ ...run, feeds: { x: { slot: "a" } }, fetch: ["sum"] }),
      /No tensor in slot 'a'/,
    );
    await assert.rejects(
      () => ask({ ...run, feeds: {}, fetch: ["sum"] }),
      /x/,
    );
    const { sum } = await ask({
      ...run,
      feeds: { x: row(0, 0, 0) },
      fetch: ["sum"],
    });
    assert.deepEqual(sum, row(1, 2, 3));
    await engine.close("sums");
    await assert.rejects(
      () => ask({ ...run, feeds: { x: row(0, 0, 0) }, fetch: ["sum"] }),
      /No session 'sums'/,
    );
  });
}

Deno.test("CEngine takes constants apart from the model", async () => {
  const size = 1 << 15;
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [size]); // [size]
  const numbers = Float32Array.from({ length: size }, (_, i) => i);
  const y = g.op("Mul", [x, g.constant(numbers, [size])]);
  g.output("y", y, "float32", [size]); // [size]
  const expected = numbers.map((v) => 2 * v);
  const { model, weights } = g.buildApart();
  assert(model.length < 1000);
  assert.equal(Object.keys(weights).length, 1);

  const engine = await engines.CEngine!();
  await engine.open("apart", model, { threads: 1, weights });
  const outputs = await engine.run({
    ...run,
    session: "apart",
    feeds: {
      x: {
        type: "float32",
        data: new Float32Array(size).fill(2),
        dims: [size],
      },
    },
    fetch: ["y"],
  });
  assert.deepEqual(outputs.y!.data, expected);
  assert.equal(numbers.length, 0); // the session has a copy
  await engine.close("apart");
});
