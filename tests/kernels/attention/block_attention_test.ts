import assert from "node:assert/strict";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { chunkAttentions } from "../../../kernels/attention/chunk_attentions.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import type {
  TensorData,
  WireTensor,
} from "../../../kernels/engine/protocol.ts";
import { maxDiff, noise, smallConfig } from "../random_model.ts";

const { heads, kvHeads, headDim } = smallConfig;
const widths = { query: heads, key: kvHeads, value: kvHeads };

/** Attention of a batch over itself, by blocks or by GroupQueryAttention. */
async function attended(
  worker: SessionWorker,
  blocks: boolean,
  batch: number,
  rows: number,
): Promise<Record<string, WireTensor>> {
  const g = new GraphBuilder();
  const names = Object.entries(widths);
  const [query, key, value] = names.map(([name, n]) =>
    g.input(name, "float32", ["batch", "rows", n * headDim]) // [batch, rows, n · headDim]
  );
  const x = query!;
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const count = g.input("count", "int32", []); // []
  const attend = chunkAttentions(
    g,
    { x, lastRow, rows: count },
    smallConfig,
    { blocks, accuracy: "exact" },
  );
  const y = attend(0, { query: x, key: key!, value: value! });
  for (const [name, out] of Object.entries(y)) {
    g.output(
      name,
      out,
      "float32",
      name === "output"
        ? ["batch", "rows", "width"]
        : ["batch", "heads", "rows", "width"],
    );
  }
  const session = `${blocks} ${batch} ${rows}`;
  const model = g.build();
  const options = { threads: 1 };
  await worker.send({ kind: "open", session, model, options });
  const feed = (
    type: WireTensor["type"],
    data: TensorData,
    dims: number[],
  ) => ({
    type,
    data,
    dims,
  });
  return await worker.send({
    kind: "run",
    session,
    feeds: {
      ...Object.fromEntries(names.map(([name, n], i) => [
        name,
        feed("float32", noise(batch * rows * n * headDim, 7 + i), [
          batch,
          rows,
          n * headDim,
        ]),
      ])),
      last_row: feed("int32", new Int32Array(batch).fill(rows - 1), [batch]),
      count: feed("int32", Int32Array.of(rows), []),
    },
    fetch: ["output", "keys", "values"],
    copies: [],
    store: {},
  });
}

Deno.test("blockAttention() equals GroupQueryAttention whatever the rows", async () => {
  using worker = new SessionWorker();
  // One row, less than a block, whole blocks, blocks that reach behind the end by one and by several rows.
  for (
    const [batch, rows] of [[1, 1], [1, 40], [2, 64], [1, 65], [2, 129], [
      1,
      330,
    ]]
  ) {
    const fused = await attended(worker, false, batch!, rows!);
    const ours = await attended(worker, true, batch!, rows!);
    for (const name of ["output", "keys", "values"]) {
      assert.deepEqual(
        ours[name]!.dims,
        fused[name]!.dims,
        `${name}, ${rows} rows`,
      );
      const diff = maxDiff(
        ours[name]!.data as Float32Array,
        fused[name]!.data as Float32Array,
      );
      assert(diff < 1e-5, `${name}, ${rows} rows: max difference ${diff}`);
    }
  }
});
