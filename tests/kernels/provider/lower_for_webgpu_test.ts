import assert from "node:assert/strict";
import {
  float,
  GraphBuilder,
  type Value,
} from "../../../kernels/onnx/builder.ts";
import { cast } from "../../../kernels/onnx/cast.ts";
import { lowerForWebgpu } from "../../../kernels/provider/lower_for_webgpu.ts";
import type { WireTensor } from "../../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { maxDiff, noise } from "../random_model.ts";

const [batch, rows, heads, kvHeads, headDim] = [2, 13, 4, 2, 8];

type Tensors = Readonly<Record<string, WireTensor>>;

/** What a graph gives on the processor, as it was written and as it is lowered. */
async function bothForms(
  write: (g: GraphBuilder) => readonly Value[],
  feeds: Tensors,
): Promise<readonly [Tensors, Tensors]> {
  using worker = new SessionWorker();
  const run = async (session: string, lower: (g: GraphBuilder) => void) => {
    const g = new GraphBuilder();
    const outputs = write(g).map((value, i) => {
      g.output(`y${i}`, value, "float32", ["a", "b", "c", "d"]);
      return `y${i}`;
    });
    lower(g);
    const model = g.build();
    const options = { threads: 1 };
    await worker.send({ kind: "open", session, model, options });
    return await worker.send({
      kind: "run",
      session,
      feeds,
      fetch: outputs,
      copies: [],
      store: {},
    });
  };
  return [await run("written", () => {}), await run("lowered", lowerForWebgpu)];
}

function assertNear([written, lowered]: readonly [Tensors, Tensors]): void {
  for (const [name, { data, dims }] of Object.entries(written)) {
    assert.deepEqual(lowered[name]!.dims, dims);
    const diff = maxDiff(
      data as Float32Array,
      lowered[name]!.data as Float32Array,
    );
    assert(diff < 1e-5, `${name}: ${diff}`);
  }
}

const random = (seed: number, ...dims: number[]): WireTensor => ({
  type: "float32",
  data: noise(dims.reduce((a, b) => a * b, 1), seed),
  dims,
});

for (
  const special of [
    {},
    { softcap: float(0.5) },
    { local_window_size: 4 },
    { local_window_size: 1, softcap: float(2) },
  ]
) {
  Deno.test(`lowerForWebgpu() writes the attention that GroupQueryAttention computes: ${JSON.stringify(special)}`, async () => {
    const write = (g: GraphBuilder) => {
      const input = (name: string, heads: number) =>
        g.input(name, "float32", ["batch", "rows", heads * headDim]); // [batch, rows, heads · headDim]
      const [output, keys, values] = g.ops("GroupQueryAttention", 3, [
        input("query", heads),
        input("key", kvHeads),
        input("value", kvHeads),
        undefined,
        undefined,
        g.input("last_row", "int32", ["batch"]), // [batch]
        g.input("rows", "int32", []), // []
      ], {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: float(0.3),
        ...special,
      });
      const shape = g.ints(0, 0, heads, -1);
      return [g.op("Reshape", [output, shape]), keys!, values!]; // 3 × [batch, …]
    };
    assertNear(
      await bothForms(write, {
        query: random(1, batch, rows, heads * headDim),
        key: random(2, batch, rows, kvHeads * headDim),
        value: random(3, batch, rows, kvHeads * headDim),
        last_row: {
          type: "int32",
          data: new Int32Array(batch).fill(rows - 1),
          dims: [batch],
        },
        rows: { type: "int32", data: Int32Array.of(rows), dims: [] },
      }),
    );
  });
}

Deno.test("lowerForWebgpu() writes fused products as plain ones, and fp64 as fp32", async () => {
  const write = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["a", "b", "c", headDim]); // [a, b, c, headDim]
    const y = g.input("y", "float32", ["a", "b", "d", headDim]); // [a, b, d, headDim]
    const scores = g.op("FusedMatMul", [x, y], {
      transB: 1,
      alpha: float(0.5),
    }); // [a, b, c, d]
    const weights = g.constant(noise(3 * headDim, 7), [3, headDim]); // [3, headDim]
    const linear = g.op("FusedMatMul", [x, weights], { transB: 1 }); // [a, b, c, 3]
    const sum = g.op("ReduceSum", [cast(g, x, "float64"), g.ints(3)]); // [a, b, c, 1]
    return [scores, linear, cast(g, sum, "float32")];
  };
  const forms = await bothForms(write, {
    x: random(4, batch, kvHeads, 5, headDim),
    y: random(5, batch, kvHeads, 6, headDim),
  });
  assertNear(forms);
});
