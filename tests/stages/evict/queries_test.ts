import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import {
  carry,
  meanRotation,
  statistics,
  withoutRotation,
} from "../../../stages/evict/needs/queries.ts";
import { FakeModel } from "../fake_model.ts";
import { kvpressTensor } from "../allocate/kvpress_table.ts";
import { sizes } from "./kvpress_case.ts";

const config = (headDim: number): ModelConfig => ({
  ...new FakeModel().config,
  headDim,
  ropeDim: headDim,
  ropeTheta: 10_000,
});

function worst(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  return actual.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
    0,
  );
}

for (const family of ["gqa", "mha", "mqa"]) {
  Deno.test(`queries: rotation is taken back and statistics are carried as in kvpress (${family})`, async () => {
    const { headDim, entries } = sizes[family]!;
    const turned = await kvpressTensor(family, "queries");
    const rows = { from: 0, rows: entries, queries: [turned] };
    const plain = withoutRotation(config(headDim), rows, 0);
    const before = await kvpressTensor(family, "queries_before_rope");
    assert(worst(plain, before) < 1e-5);
    const skipped = Float32Array.from(
      Array.from({ length: plain.length / (entries * headDim) }, (_, head) => [
        ...plain.subarray(
          (head * entries + 4) * headDim,
          (head + 1) * entries * headDim,
        ),
      ]).flat(),
    ); // [heads, entries - 4, headDim]
    const spread = statistics(skipped, headDim, entries - 4);
    const [mean, covariance] = [
      await kvpressTensor(family, "query_mean"),
      await kvpressTensor(family, "query_covariance"),
    ];
    assert(worst(spread.mean, mean) < 1e-5);
    assert(worst(spread.covariance, covariance) < 1e-5);
    for (const future of [64, 512]) {
      const turn = meanRotation(config(headDim), entries, future);
      const carried = carry(spread, turn, headDim);
      const expected = await kvpressTensor(family, `query_mean/${future}`);
      assert(worst(carried.mean, expected) < 1e-5);
      const wide = await kvpressTensor(family, `query_covariance/${future}`);
      assert(worst(carried.covariance, wide) < 1e-5);
    }
  });
}

Deno.test("queries: rows that start later, a part that is not rotated and YaRN's factor are taken back too", () => {
  const yarn: ModelConfig = {
    ...config(8),
    ropeDim: 4,
    ropeScaling: {
      type: "yarn",
      factor: 4,
      originalWindow: 64,
      betaFast: 32,
      betaSlow: 1,
    },
  };
  const from = 7;
  const plain = Float32Array.from({ length: 2 * 3 * 8 }, (_, i) => Math.sin(i)); // [heads, rows, headDim]
  const turned = plain.slice();
  for (let row = 0; row < 6; row++) {
    const turn = meanRotation(yarn, from + row % 3, 1);
    const one = {
      mean: plain.slice(row * 8, row * 8 + 8),
      covariance: new Float32Array(0),
    };
    turned.set(carry(one, turn, 8).mean, row * 8);
  }
  assert(worst(turned, plain) > 0.1);
  const back = withoutRotation(yarn, { from, rows: 3, queries: [turned] }, 0);
  assert(worst(back, plain) < 1e-5);
});
