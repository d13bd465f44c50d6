import assert from "node:assert/strict";
import type { KvLayer } from "../../../kernels/cache/kv_cache.ts";
import {
  biasColumns,
  biasedConfig,
  BIASES,
  canHoldBias,
  hasBias,
} from "../../../kernels/cache/bias_columns.ts";
import { roundingGraph } from "../../../kernels/cache/room_graph.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { maxDiff, noise, smallConfig } from "../random_model.ts";

const layer = { entries: 300 } as KvLayer;
const cache = (bias?: Float32Array) => ({
  layers: [layer, { ...layer, ...(bias && { bias }) }],
});

Deno.test("hasBias() is about numbers: zeros correct nothing", () => {
  assert(!hasBias(cache()));
  assert(!hasBias(cache(new Float32Array(600))));
  assert(hasBias(cache(new Float32Array(600).with(599, -1))));
});

Deno.test("canHoldBias() refuses caps, heads that CUDA does not take, and what 16 bits do not hold", () => {
  const some = cache(new Float32Array(600).fill(-3));
  assert(canHoldBias(smallConfig, some));
  assert(!canHoldBias({ ...smallConfig, scoreCap: 50 }, some));
  assert(canHoldBias({ ...smallConfig, headDim: 240 }, some));
  assert(!canHoldBias({ ...smallConfig, headDim: 256 }, some));
  const masked = cache(new Float32Array(600).with(7, -1e30));
  assert(!canHoldBias(smallConfig, masked));
});

Deno.test("biasColumns() of 16 bits are a rounded bias and what that leaves", () => {
  const bias = noise(600, 1, 40);
  const form = { kvHeads: 2, scale: 0.125, held: "float16" } as const;
  const columns = biasColumns({ ...layer, bias }, form);
  const halves = new Float16Array(columns);
  const held = bias.map((_, i) =>
    0.125 * (halves[i * BIASES]! + halves[i * BIASES + 1]!)
  );
  assert(maxDiff(held, bias) < 1e-4);
  const first = bias.map((_, i) => 0.125 * halves[i * BIASES]!);
  assert(maxDiff(first, bias) > 1e-3); // one number would not do
});

Deno.test("roundingGraph() keeps a bias to a 60,000th of the largest of its head", async () => {
  using worker = new SessionWorker();
  await worker.send({
    kind: "open",
    session: "room-biased",
    model: roundingGraph(smallConfig, true).build(),
    options: { threads: 1, engine: "c" },
  });
  const { headDim, attentionScale } = biasedConfig(smallConfig);
  const scale = attentionScale!;
  const of = (data: Float32Array, width: number) => ({
    type: "float32" as const,
    data,
    dims: [1, 2, 300, width],
  });
  const largest = [2.8, 37];
  for (const one of [2.8, 0]) {
    const bias = noise(600, 2).map((v, i) => v * (i < 300 ? one : largest[1]!));
    const form = { kvHeads: 2, scale, held: "int8" } as const;
    const columns = biasColumns({ ...layer, bias }, form);
    const { numbers, scales } = await worker.send({
      kind: "run",
      session: "room-biased",
      feeds: {
        entries: of(noise(600 * 16, 3), 16),
        columns: of(columns, BIASES),
      },
      fetch: ["numbers", "scales"],
      copies: [],
      store: {},
    });
    const [n, s] = [numbers!.data, scales!.data] as [Int8Array, Float32Array];
    const held = bias.map((_, i) => {
      const head = Math.floor(i / 300);
      let sum = 0;
      for (let d = 16; d < headDim; d++) {
        sum += n[i * headDim + d]! * s[head * headDim + d]!;
      }
      return scale * sum;
    });
    const apart = (head: number) => {
      const part = [head * 300, (head + 1) * 300] as const;
      return maxDiff(held.slice(...part), bias.slice(...part));
    };
    assert(apart(0) <= one / 60_000, `${apart(0)}`);
    assert(apart(1) < 37 / 60_000, `${apart(1)}`);
  }
});
