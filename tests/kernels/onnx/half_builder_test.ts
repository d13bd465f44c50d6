import assert from "node:assert/strict";
import type { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { HalfBuilder } from "../../../kernels/onnx/half_builder.ts";
import { noise, randomModel } from "../../../kernels/model/random_model.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { maxDiff } from "../random_model.ts";

/** Runs a graph of one input `x` and one output `y`. */
async function computed(
  g: GraphBuilder,
  x: readonly number[],
): Promise<number[]> {
  using worker = new SessionWorker();
  const options = { threads: 1 };
  await worker.send({ kind: "open", session: "s", model: g.build(), options });
  const data = Float32Array.from(x);
  const { y } = await worker.send({
    kind: "run",
    session: "s",
    feeds: { x: { type: "float32", data, dims: [data.length] } },
    fetch: ["y"],
    copies: [],
    store: {},
  });
  return [...y!.data as Float32Array];
}

Deno.test("HalfBuilder computes in 16 bits between inputs and outputs in fp32", async () => {
  const g = new HalfBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  // Above 2,048 16 bits hold even numbers only; a processor may still add in fp32.
  const odd = g.constant(Float32Array.of(2051), []); // []
  g.output("y", g.op("Add", [x, odd]), "float32", ["n"]); // [n]
  assert.deepEqual(await computed(g, [2, -4]), [2054, 2048]);
});

Deno.test("HalfBuilder.single() computes on in fp32, constants too", async () => {
  const g = new HalfBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  const one = g.constant(Float32Array.of(1), []); // []
  const sum = g.op("Add", [g.single(g.op("Add", [x, x])), one]); // [n]
  g.output("y", sum, "float32", ["n"]); // [n]
  assert.deepEqual(await computed(g, [1.5, 1024, 2000]), [4, 2049, 4001]);
});

Deno.test("HalfBuilder lets fp32 win where precisions meet, and leaves indices alone", async () => {
  const g = new HalfBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  const half = g.op("Mul", [x, g.constant(Float32Array.of(2), [])]); // [n]
  const [best, index] = g.ops("TopK", 2, [half, g.ints(1)]); // 2 × [1]
  const again = g.op("Gather", [half, index!]); // [1]
  const both = g.op("Add", [g.single(best!), again]); // [1]
  const exact = g.op("Add", [both, g.constant(Float32Array.of(1), [])]); // [1]
  g.output("y", exact, "float32", [1]); // [1]
  assert.deepEqual(await computed(g, [3, 1024, 5]), [4097]);
});

Deno.test("HalfBuilder masks with the largest number there is, not with infinity", async () => {
  const g = new HalfBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  const zero = g.constant(Float32Array.of(0), []); // []
  const mask = g.constant(Float32Array.of(-1e30), []); // []
  const masked = g.op("Where", [g.op("Less", [x, zero]), mask, x]); // [n]
  g.output("y", masked, "float32", ["n"]); // [n]
  assert.deepEqual(await computed(g, [1, -1]), [1, -65504]);
});

Deno.test("a model in 16 bits agrees with one in fp32: KV, question, attention, logits", async () => {
  const ids = Int32Array.from(noise(60, 5, 64), (v) => Math.floor(v + 64));
  const of = async (accuracy: "exact" | "half") => {
    await using model = await randomModel({ accuracy });
    const item = { ids: ids.slice(0, 40), tail: ids.slice(40) };
    const [{ cache, question }] = await model.prefill([item]) as [
      Required<Awaited<ReturnType<typeof model.prefill>>[number]>,
    ];
    const weights = new Float32Array(20).fill(1 / 20);
    await using decoder = await model.decode(cache, 40);
    return {
      keys: cache.layers[2]!.keys,
      logProbs: question.logProbs.slice(1),
      attention: (await model.attention(cache, question, weights))[2]!,
      logits: await decoder.step(item.tail),
    };
  };
  const exact = await of("exact");
  const half = await of("half");
  const bounds = { keys: 0.02, logProbs: 0.03, attention: 1e-3, logits: 0.05 };
  for (const [name, bound] of Object.entries(bounds)) {
    const key = name as keyof typeof exact;
    const difference = maxDiff(half[key], exact[key]);
    assert(difference > 0 && difference < bound, `${name}: ${difference}`);
  }
});
