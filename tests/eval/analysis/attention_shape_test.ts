import assert from "node:assert/strict";
import { attentionShape } from "../../../eval/analysis/attention_shape.ts";
import { shapeLimits } from "../../../eval/analysis/shape_limits.ts";
import { bump, flat, normalised, spikes } from "./made_attention.ts";

const N = 1000;
const shape = (p: Float64Array, limits = {}) =>
  attentionShape(p, { ...shapeLimits, ...limits });

Deno.test("attentionShape() calls deltas at the ends a U, with its sides", () => {
  const both = spikes(N, { 0: 0.4, 999: 0.4 });
  assert.deepEqual(shape(both), { shape: "u", sides: ["sink", "recent"] });
  const sink = spikes(N, { 0: 0.9 });
  assert.deepEqual(shape(sink), { shape: "u", sides: ["sink"] });
  const recent = spikes(N, { 950: 0.3, 990: 0.3 });
  assert.deepEqual(shape(recent), { shape: "u", sides: ["recent"] });
});

Deno.test("attentionShape() calls a bump in the middle a mountain, one that is too wide mixed", () => {
  const narrow = bump(N, 500, 5);
  assert.deepEqual(shape(narrow), { shape: "mountain", sides: [] });
  const wide = bump(N, 500, 60);
  assert.equal(shape(wide).shape, "mixed");
  assert.equal(shape(wide, { mountainMass: 0.03 }).shape, "mountain");
  assert.equal(shape(spikes(N, { 300: 0.3 })).shape, "mountain");
  assert.equal(
    shape(spikes(N, { 300: 0.25, 0: 0.3 })).shape,
    "mixed",
    "the sink's peak is higher",
  );
});

Deno.test("attentionShape() calls flat attention uniform as long as it has no outlier", () => {
  assert.equal(shape(flat(N)).shape, "uniform");
  const noisy = normalised(flat(N).map((p, i) => p * (1 + (i % 7) / 7)));
  assert.equal(shape(noisy).shape, "uniform");
  const outlier = spikes(N, { 500: 0.12 });
  assert.notEqual(shape(outlier, { uniformEntropy: 0.5 }).shape, "uniform");
  assert.equal(
    shape(outlier, { uniformEntropy: 0.5, outlier: 0.2 }).shape,
    "uniform",
  );
});

Deno.test("attentionShape() takes an outlier for one only from ten times its even share on", () => {
  const p = spikes(40, { 20: 0.2 }); // 10/40 is more than the limit of 0.1
  assert.equal(shape(p, { uniformEntropy: 0.5 }).shape, "uniform");
});

Deno.test("attentionShape() of the smallest texts has no zones", () => {
  assert.equal(shape(Float64Array.of(1)).shape, "uniform");
  assert.equal(shape(Float64Array.of(1, 0)).shape, "mountain");
  assert.equal(shape(Float64Array.of(1, 0, 0)).shape, "u");
});
