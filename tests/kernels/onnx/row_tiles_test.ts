import assert from "node:assert/strict";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { byTiles } from "../../../kernels/onnx/row_tiles.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { noise } from "../random_model.ts";

Deno.test("byTiles() gives every row of every batch item what it gives by itself, in its place", async () => {
  using worker = new SessionWorker();
  const g = new GraphBuilder();
  const a = g.input("a", "float32", ["batch", "rows", 3]); // [batch, rows, 3]
  const b = g.input("b", "float32", ["batch", "rows", 1]); // [batch, rows, 1]
  const inputs = [{ rows: a, width: 3 }, { rows: b, width: 1 }];
  const y = byTiles(
    g,
    inputs,
    3,
    (body, [a, b]) => body.op("Mul", [a!, b!]), // [1, size, 3]
  ); // [batch, rows, 3]
  g.output("y", y, "float32", ["batch", "rows", 3]);
  const session = "tiles";
  const options = { threads: 1 };
  await worker.send({ kind: "open", session, model: g.build(), options });
  // One row, a tile, a row more, tiles that reach behind the end, tiles over more than one batch item.
  for (
    const [batch, rows] of [[1, 1], [1, 1024], [1, 1025], [2, 700], [3, 1500]]
  ) {
    const count = batch! * rows!;
    const [left, right] = [noise(count * 3, 1), noise(count, 2)];
    const { y } = await worker.send({
      kind: "run",
      session,
      feeds: {
        a: { type: "float32", data: left.slice(), dims: [batch!, rows!, 3] },
        b: { type: "float32", data: right.slice(), dims: [batch!, rows!, 1] },
      },
      fetch: ["y"],
      copies: [],
      store: {},
    });
    assert.deepEqual(y!.dims, [batch, rows, 3]);
    const expected = left.map((v, i) => v * right[Math.floor(i / 3)]!); // [batch · rows, 3]
    assert.deepEqual(y!.data, expected);
  }
});
