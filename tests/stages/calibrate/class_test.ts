import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import {
  attentionClass,
  calibrate,
  calibrateClass,
  calibrateClassMerged,
  type KvChunk,
  merge,
} from "../../../stages/mod.ts";
import { headEntries } from "../../../stages/cache/new_cache.ts";
import { askedChunks, fakeCase, held, runStage } from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { collect } from "../stage_context.ts";

const limits = { entropy: 0.9, outlier: 0.1 };
const shape = (n: number, f: (share: number, i: number) => number) =>
  Float32Array.from({ length: n }, (_, i) => f(i / (n - 1), i));

Deno.test("row 51: attentionClass() knows synthetic shapes: delta at the ends, bump in the middle, flat", () => {
  const shapes = {
    u: [
      shape(90, (_, i) => i === 0 ? 1 : 0.001),
      shape(90, (_, i) => i === 89 ? 1 : 0.001),
      shape(90, (_, i) => i === 0 || i === 89 ? 1 : 0.001),
      shape(90, (x) => Math.exp(12 * Math.abs(x - 0.5))),
      shape(3000, (_, i) => i < 4 ? 50 : i > 2990 ? 20 : 0.01),
    ],
    mountain: [
      shape(90, (_, i) => i === 45 ? 1 : 0.001),
      shape(90, (x) => Math.exp(-80 * (x - 0.5) ** 2)),
      shape(3000, (_, i) => Math.abs(i - 1700) < 20 ? 5 : 0.01),
    ],
    uniform: [
      shape(90, () => 1),
      shape(3000, (_, i) => 1 + (i % 5) / 5),
      shape(90, (x) => 1 + 0.3 * Math.cos(9 * x)),
      new Float32Array(12),
      Float32Array.of(1),
    ],
  };
  for (const [name, all] of Object.entries(shapes)) {
    for (const [i, attention] of all.entries()) {
      assert.equal(attentionClass(attention, limits), name, `${name} ${i}`);
      const scaled = attention.map((a) => a * 7);
      assert.equal(attentionClass(scaled, limits), name);
    }
  }
});

Deno.test("attentionClass(): one outlier ends uniform, at max(lambda, 10 / n), and the entropy limit is a limit", () => {
  const spiked = (n: number, share: number) =>
    shape(n, (_, i) => i === n - 1 ? share * (n - 1) / (1 - share) : 1);
  assert.equal(attentionClass(spiked(1000, 0.09), limits), "uniform");
  assert.equal(attentionClass(spiked(1000, 0.11), limits), "u");
  assert.equal(attentionClass(spiked(50, 0.19), limits), "uniform");
  const slope = shape(60, (x) => 0.02 + x ** 6);
  assert.equal(attentionClass(slope, { ...limits, entropy: 0.5 }), "uniform");
  assert.equal(attentionClass(slope, { ...limits, entropy: 0.95 }), "u");
});

Deno.test("calibrate.class drops what calibrate drops, of heads of its class alone", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const rule = { zone: "all" as const, lambda: 0.03, rows: 4 };
  const unowned = () =>
    from(asked.map((c) => ({ ...c, retain() {}, release() {} })));
  const inputs = () => ({ chunks: unowned(), model: held(test.model) });
  const whole = await collect(
    runStage(calibrate, inputs(), { rules: [rule] }, test.ctx).chunks,
  );
  const rows = test.prompt.tail.length;
  const weights = Float32Array.from(
    { length: rows },
    (_, r) => r < rows - 4 ? 0 : 1 / 4,
  ); // [rows]
  const positions = ({ cache }: KvChunk, l: number, h: number) => {
    const { entries, positions } = cache.layers[l]!;
    const from = h * entries;
    const count = headEntries(cache.layers[l]!, h);
    return [...positions.subarray(from, from + count)];
  };
  const seen = new Map<string, number>();
  for (const name of ["u", "mountain", "uniform"] as const) {
    const left = await collect(
      runStage(calibrateClass, inputs(), {
        rules: [{ ...rule, class: name }],
        entropy: 0.8,
      }, test.ctx).chunks,
    );
    for (const [i, chunk] of left.entries()) {
      const { cache, question, entriesBefore: n } = asked[i]!;
      const mass = naiveAttention(cache, question!, weights, 4);
      for (const l of [0, 1]) {
        for (const h of [0, 1]) {
          const mean = Float32Array.from(
            { length: n },
            (_, e) =>
              (mass[l]![2 * h * n + e]! + mass[l]![(2 * h + 1) * n + e]!) / 2,
          );
          const found = attentionClass(mean, { entropy: 0.8, outlier: 0.03 });
          const expected = found === name ? whole[i]! : asked[i]!;
          assert.deepEqual(
            positions(chunk, l, h),
            positions(expected, l, h),
          );
          if (found === name) seen.set(name, (seen.get(name) ?? 0) + 1);
        }
      }
    }
  }
  assert(seen.size >= 2, `classes seen: ${[...seen]}`);
});

Deno.test("calibrate.class-merged drops from the merged cache, and no rules change nothing", async () => {
  const test = await fakeCase();
  const chunks = from(await askedChunks(test));
  const context = await lastValueFrom(
    runStage(merge, { chunks, model: EMPTY }, {}, test.ctx).context,
  );
  const inputs = {
    context: of(context),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const same = await lastValueFrom(
    runStage(calibrateClassMerged, inputs, {}, test.ctx).context,
  );
  assert.equal(same, context);
  const classes = ["u", "mountain", "uniform"] as const;
  const rules = classes.map((name) => ({
    class: name,
    zone: "all" as const,
    lambda: 0.01,
  }));
  const left = await lastValueFrom(
    runStage(calibrateClassMerged, inputs, { rules }, test.ctx).context,
  );
  assert(left.cache.bytes <= context.cache.bytes);
  assert(left.cache.layers.some(({ counts }) => counts));
  left.release();
});
