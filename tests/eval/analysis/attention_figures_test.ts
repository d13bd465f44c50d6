import assert from "node:assert/strict";
import {
  attentionEcdf,
  ecdfGrid,
} from "../../../eval/analysis/attention_ecdf.ts";
import { attentionPeaks } from "../../../eval/analysis/attention_peaks.ts";
import {
  attentionSpread,
  coveringEntries,
} from "../../../eval/analysis/attention_spread.ts";
import {
  zoneEntries,
  zoneMasses,
} from "../../../eval/analysis/attention_zones.ts";
import { distanceFit } from "../../../eval/analysis/distance_fit.ts";
import { headAttention } from "../../../eval/analysis/head_attention.ts";
import { positionProfile } from "../../../eval/analysis/position_profile.ts";
import { shapeLimits } from "../../../eval/analysis/shape_limits.ts";
import {
  boundConstants,
  sparsityBound,
} from "../../../eval/analysis/sparsity_bound.ts";
import { flat, normalised, spikes } from "./made_attention.ts";

const near = (a: number, b: number, by = 1e-9) =>
  assert(Math.abs(a - b) <= by, `${a} is not ${b}`);

Deno.test("zoneEntries() is 100 or a tenth, and leaves the middle an entry", () => {
  assert.equal(zoneEntries(5000, shapeLimits), 100);
  assert.equal(zoneEntries(256, shapeLimits), 25);
  assert.deepEqual(
    [0, 1, 2, 3, 9].map((n) => zoneEntries(n, shapeLimits)),
    [0, 0, 0, 1, 1],
  );
  assert.equal(zoneEntries(9, { zoneWidth: 100, zoneShare: 0.9 }), 4);
});

Deno.test("zoneMasses() divides all of the mass", () => {
  const masses = zoneMasses(Float64Array.of(0.1, 0.2, 0.3, 0.15, 0.25), 2);
  near(masses.sink, 0.3);
  near(masses.middle, 0.3);
  near(masses.recent, 0.4);
});

Deno.test("attentionSpread() says entropy, the largest entry and how many hold 95 %", () => {
  const even = attentionSpread(flat(200));
  near(even.entropy, Math.log(200));
  near(even.evenness, 1);
  assert.equal(even.cover95, 190);
  const one = attentionSpread(Float64Array.of(0, 1, 0));
  assert.deepEqual(one, { entropy: 0, evenness: 0, top: 1, cover95: 1 });
  assert.equal(coveringEntries(Float64Array.of(0.1, 0.6, 0.3), 0.9), 2);
});

Deno.test("attentionPeaks() counts separate peaks chunk by chunk, over the median of all", () => {
  const p = spikes(60, { 0: 0.2, 25: 0.2, 27: 0.1, 40: 0.2 });
  const segments = [[0, 20], [20, 40], [40, 60]].map(([from, to], chunk) => ({
    chunk,
    from: from!,
    to: to!,
  }));
  assert.deepEqual(attentionPeaks(p, segments, shapeLimits), [1, 1, 1]);
  const narrow = { ...shapeLimits, peakWindow: 3 };
  assert.deepEqual(attentionPeaks(p, segments, narrow), [1, 2, 1]);
  assert.deepEqual(attentionPeaks(flat(60), segments, shapeLimits), [0, 0, 0]);
  const plateau = spikes(60, { 30: 0.2, 31: 0.2 });
  assert.deepEqual(attentionPeaks(plateau, segments, shapeLimits), [0, 1, 0]);
});

Deno.test("distanceFit() finds the rate of an exponential fall, and says when it explains little", () => {
  const p = normalised(
    new Float64Array(300).map((_, i) => Math.exp(-0.02 * (300 - i))),
  );
  const fit = distanceFit(p)!;
  near(fit.rate, 0.02);
  near(fit.goodness, 1);
  const sink = p.slice();
  sink[0] = 1;
  assert(distanceFit(sink)!.goodness < 0.99);
  assert.deepEqual(distanceFit(flat(300))!.goodness, 0);
  assert.equal(distanceFit(Float64Array.of(1, 0, 0)), null);
});

Deno.test("attentionEcdf() rises to 1 and steps at the even share for flat attention", () => {
  const ecdf = attentionEcdf(flat(100));
  assert(
    ecdf.every((share, i) => share === (ecdfGrid[i]! < 0.999 ? 0 : 1)),
  );
  const one = attentionEcdf(spikes(100, { 3: 1 }));
  near(one[0]!, 0.99);
  assert.equal(one.at(-1), 1);
});

Deno.test("positionProfile() keeps the mass, also where entries and parts do not divide", () => {
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  for (const n of [7, 50, 123]) {
    near(sum(positionProfile(flat(n), 10)) / 10, 1);
    assert(positionProfile(flat(n), 10).every((v) => Math.abs(v - 1) < 1e-9));
  }
  const early = positionProfile(spikes(100, { 5: 1 }), 10);
  near(early[0]!, 10);
});

Deno.test("headAttention() brings every row to 1 before it is counted", () => {
  const rows = [Float32Array.of(0.2, 0.2, 0), Float32Array.of(0.6, 0, 0.2)];
  const { p, share, effective } = headAttention(rows, [0.3, 0.6]);
  near(share, 0.6, 1e-6);
  near(p[0]!, 0.625, 1e-6);
  near(p[2]!, 0.125, 1e-6);
  assert.deepEqual(effective, [1.5, 0.5]);
  const none = headAttention([new Float32Array(4)], [0.1]);
  assert.deepEqual([...none.p], [0.25, 0.25, 0.25, 0.25]);
  assert.deepEqual([none.share, none.effective], [0, [0]]);
});

Deno.test("sparsityBound() is the theorem's: nearly all entries, fewer with larger constants", () => {
  const left = (w: number, e: number) =>
    w - sparsityBound(w, e, 128, boundConstants);
  // w − k as worked out by hand: exp(ln(εw)² / ln w) · δ / (w · d)
  near(left(4096, 0.01) / 5e-7, 1, 0.1);
  near(left(8192, 0.1) / 7e-6, 1, 0.1);
  const strong = { ...boundConstants, constant: 5 };
  assert(sparsityBound(8192, 0.1, 128, strong) < 8192 - 1e3);
  const most = { ...boundConstants, constant: 50 };
  assert.equal(sparsityBound(8192, 0.1, 128, most), 0);
});
