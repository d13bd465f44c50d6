import assert from "node:assert/strict";
import { pickedAttention } from "../../../kernels/attention/attention.ts";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import type { WireTensor } from "../../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { maxDiff, smallConfig } from "../random_model.ts";

const { heads, kvHeads, headDim } = smallConfig;
const [rows, real] = [7, 5];

Deno.test("pickedAttention() sees no row behind itself, whatever padding holds", async () => {
  const g = new GraphBuilder();
  const cache = [1, kvHeads, rows, headDim];
  const query = g.input("query", "float32", [1, 2, heads * headDim]); // [1, picked, heads · headDim]
  const keys = g.input("keys", "float32", cache); // [1, kvHeads, rows, headDim]
  const values = g.input("values", "float32", cache); // [1, kvHeads, rows, headDim]
  const picked = g.input("picked", "int64", [1, 2]); // [1, picked]
  const inputs = { query, keys, values, picked };
  const out = pickedAttention(g, inputs, smallConfig); // [1, picked, heads · headDim]
  g.output("out", out, "float32", [1, 2, heads * headDim]);
  using worker = new SessionWorker();
  await worker.send({
    kind: "open",
    session: "picked",
    model: g.build(),
    options: { threads: 1 },
  });
  const wave = (count: number, step: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * step));
  const attend = async (padding: number) => {
    const padded = (step: number): WireTensor => {
      const data = wave(kvHeads * rows * headDim, step); // [kvHeads, rows, headDim]
      for (let head = 0; head < kvHeads; head++) {
        const from = (head * rows + real) * headDim;
        data.fill(padding, from, (head + 1) * rows * headDim);
      }
      return { type: "float32", data, dims: cache };
    };
    const outputs = await worker.send({
      kind: "run",
      session: "picked",
      feeds: {
        query: {
          type: "float32",
          data: wave(2 * heads * headDim, 0.3),
          dims: [1, 2, heads * headDim],
        },
        keys: padded(0.7),
        values: padded(1.1),
        picked: {
          type: "int64",
          data: BigInt64Array.of(3n, 4n),
          dims: [1, 2],
        },
      },
      fetch: ["out"],
      copies: [],
      store: {},
    });
    return outputs.out!.data as Float32Array; // [picked, heads · headDim]
  };
  const plain = await attend(0);
  assert(plain.every(Number.isFinite));
  assert.equal(maxDiff(await attend(NaN), plain), 0);
  assert.equal(maxDiff(await attend(Infinity), plain), 0);
});
