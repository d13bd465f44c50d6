import assert from "node:assert/strict";
import { sessionWeights } from "../../stages/session_weights.ts";

const tensors: Record<string, [number[], number]> = {
  "embedding.weight": [[100, 32], 100 * 34], // Q8_0
  "layers.0.up.weight": [[64, 32], 64 * 18], // Q4_0
  "layers.0.query.weight": [[32, 32], 32 * 32 * 2], // F16
  "layers.1.key.weight": [[32, 32], 32 * 32 * 2], // F16
  "layers.1.up.weight": [[64, 32], 64 * 18], // Q4_0
  "norm.weight": [[32], 128], // F32
};
const source = {
  names: Object.keys(tensors),
  shape: (name: string) => tensors[name]![0],
  bytes: (name: string) => tensors[name]![1],
};
const tied = { tiedHead: true, layers: 2 };
const up = 64 * 32;
const square = 32 * 32;
const head = 100 * 32;

Deno.test("sessionWeights() leaves out what no session reads: behind the last layer's keys, and without a question the head", () => {
  const { prefill, question, decode, embedding } = sessionWeights(
    source,
    tied,
    "fast",
  );
  const first = up * 0.75 + 2 * square * 4;
  assert.equal(prefill.graph, first);
  assert.equal(question.graph, first + up * 0.75 + head * 1.125 + 128);
  assert.deepEqual(decode, question);
  assert.equal(embedding, head * 1.125);
  const untied = sessionWeights(source, { ...tied, tiedHead: false }, "fast");
  assert.equal(untied.decode.graph, decode.graph - head * 1.125);
});

Deno.test("sessionWeights() counts 4-bit blocks twice where integer products take them", () => {
  const { decode } = sessionWeights(source, tied, "fast");
  assert.equal(decode.open - decode.graph, 2 * up * 0.5);
});

Deno.test("sessionWeights() counts exact chunks as fp32, and rows behind them by blocks of 4 bits", () => {
  const { prefill, decode } = sessionWeights(source, tied, "exact");
  assert.equal(prefill.graph, (up + 2 * square) * 4);
  assert.equal(prefill.open, prefill.graph);
  const decoded = 2 * up * 0.75 + (2 * square + head + 32) * 4;
  assert.deepEqual(decode, { graph: decoded, open: decoded });
});

Deno.test("sessionWeights() counts matrices that are rounded to 8 bits, the head as it is", () => {
  const { prefill, question } = sessionWeights(source, tied, "int8");
  assert.equal(prefill.graph, up + 2 * square);
  assert.equal(prefill.open, 2 * prefill.graph);
  const more = up + head * 1.125 + 128;
  assert.equal(question.graph, prefill.graph + more);
});

Deno.test("sessionWeights() counts the embedding of steps, but not one that is the head as it is", () => {
  const steps = (tiedHead: boolean, accuracy: "fast" | "exact") => {
    const { steps, decode } = sessionWeights(
      source,
      { ...tied, tiedHead },
      accuracy,
    );
    return [steps.graph - decode.graph, steps.open - decode.open];
  };
  const table = head * 1.125;
  assert.deepEqual(steps(true, "fast"), [0, 0]);
  assert.deepEqual(steps(true, "exact"), [table, table]); // the head is fp32
  assert.deepEqual(steps(false, "fast"), [table, table]);
});
