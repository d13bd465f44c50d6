import assert from "node:assert/strict";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { type Accuracy, linear } from "../../../kernels/layers/linear.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { dense, maxDiff, noise, randomBlocks } from "../random_model.ts";
import type { WeightData } from "../../../io/weights.ts";

const rows = 5;
const inner = 64;
const out = 48;

async function run(data: WeightData, accuracy: Accuracy, bias?: Float32Array) {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1, "rows", inner]); // [1, rows, in]
  const weight = { data, out, in: inner, ...(bias && { bias }) };
  const y = linear(g, x, weight, accuracy); // [1, rows, out]
  g.output("y", y, "float32", [1, "rows", out]);
  using worker = new SessionWorker();
  const model = g.build();
  await worker.send({
    kind: "open",
    session: "s",
    model,
    options: { threads: 1 },
  });
  const input = noise(rows * inner, 7);
  const feeds = {
    x: { type: "float32", data: input.slice(), dims: [1, rows, inner] },
  } as const;
  const { y: result } = await worker.send({
    kind: "run",
    session: "s",
    feeds,
    fetch: ["y"],
    copies: [],
    store: {},
  });
  const w = dense(data, out, inner);
  const expected = Float32Array.from({ length: rows * out }, (_, i) => {
    const [r, o] = [Math.floor(i / out), i % out];
    let sum = bias?.[o] ?? 0;
    for (let k = 0; k < inner; k++) {
      sum += input[r * inner + k]! * w[o * inner + k]!;
    }
    return sum;
  });
  return maxDiff(result!.data as Float32Array, expected);
}

const forms: Record<string, WeightData> = {
  "dense": { kind: "dense", data: noise(out * inner, 3) },
  "4 bits": randomBlocks(out, inner, 4, 32, { seed: 1, mins: false }),
  "4 bits with minima": randomBlocks(out, inner, 4, 32, {
    seed: 2,
    mins: true,
  }),
  "8 bits": randomBlocks(out, inner, 8, 32, { seed: 3, mins: false }),
  "8 bits with minima": randomBlocks(out, inner, 8, 32, {
    seed: 4,
    mins: true,
  }),
  "8 bits by blocks of 16": randomBlocks(out, inner, 8, 16, {
    seed: 5,
    mins: false,
  }),
};

for (const [name, data] of Object.entries(forms)) {
  Deno.test(`linear() of ${name} equals the dequantised product`, async () => {
    const diff = await run(data, "exact", noise(out, 9));
    assert(diff < 2e-5, `max difference ${diff}`);
  });
}

Deno.test("linear() at accuracy fast quantises activations: near, not equal", async () => {
  const diff = await run(forms["4 bits"]!, "fast");
  assert(diff > 1e-4 && diff < 0.2, `max difference ${diff}`);
});

for (const [name, data] of Object.entries(forms)) {
  Deno.test(`linear() at accuracy int8 is near for ${name}`, async () => {
    const diff = await run(data, "int8", noise(out, 9));
    assert(diff > 1e-5 && diff < 0.1, `max difference ${diff}`);
  });
}
