import assert from "node:assert/strict";
import type { BlockQuantized, WeightData } from "../../../io/weights.ts";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { Embedding } from "../../../kernels/layers/embedding.ts";
import { lookupRows } from "../../../kernels/layers/lookup_rows.ts";
import { NpmEngine } from "../../../kernels/engine/npm_engine.ts";
import { noise, smallConfig } from "../../../kernels/model/random_model.ts";
import { maxDiff } from "../random_model.ts";

const { vocab, hidden } = smallConfig;

function blocks(bits: 4 | 8, mins: boolean): BlockQuantized {
  const count = vocab * hidden / 32;
  return {
    kind: "blocks",
    bits,
    blockSize: 32,
    quants: Uint8Array.from(
      noise(vocab * hidden * bits / 8, 3, 128),
      (v) => Math.floor(v + 128),
    ),
    scales: noise(count, 4),
    ...(mins && { mins: noise(count, 5) }),
  };
}

const tables: Record<string, WeightData> = {
  "fp32": { kind: "dense", data: noise(vocab * hidden, 6) },
  "4-bit blocks": blocks(4, false),
  "4-bit blocks with minima": blocks(4, true),
  "8-bit blocks": blocks(8, false),
};
for (const [name, table] of Object.entries(tables)) {
  Deno.test(`lookupRows() gives what the host looks up: ${name}`, async () => {
    const ids = Int32Array.of(5, 0, vocab - 1, 5);
    const expected = new Float32Array(ids.length * hidden); // [rows, hidden]
    new Embedding(table, vocab, hidden, 1.5).lookup(ids, expected);
    const g = new GraphBuilder();
    const input = g.input("ids", "int64", [1, "rows"]); // [1, rows]
    const config = { ...smallConfig, embeddingScale: 1.5 };
    const rows = lookupRows(g, input, table, config); // [1, rows, hidden]
    g.output("rows", rows, "float32", [1, "rows", hidden]);
    const engine = await NpmEngine.open("cpu");
    await engine.open("lookup", g.build(), { threads: 1 });
    const data = BigInt64Array.from(ids, BigInt);
    const outputs = await engine.run({
      kind: "run",
      session: "lookup",
      feeds: { ids: { type: "int64", data, dims: [1, ids.length] } },
      fetch: ["rows"],
      copies: [],
      store: {},
    });
    await engine.close("lookup");
    assert.deepEqual(outputs.rows!.dims, [1, ids.length, hidden]);
    assert(maxDiff(outputs.rows!.data as Float32Array, expected) < 1e-6);
  });
}
