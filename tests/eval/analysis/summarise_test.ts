import assert from "node:assert/strict";
import { attentionView } from "../../../eval/analysis/attention_view.ts";
import { measureHead } from "../../../eval/analysis/head_measure.ts";
import { partShapes } from "../../../eval/analysis/summarise_chunks.ts";
import { shapeLimits } from "../../../eval/analysis/shape_limits.ts";
import { bump, flat, spikes } from "./made_attention.ts";

const measured = (
  head: number,
  p: Float64Array,
  segments = [{ chunk: 0, from: 0, to: p.length }],
) =>
  measureHead({
    layer: 1,
    head,
    attention: { p, share: 0.5, effective: [p.length] },
    segments,
  }, shapeLimits);

Deno.test("attentionView() gives a head its commonest shape, and mixed to a tie", () => {
  const sink = spikes(200, { 0: 0.8 });
  const { heads, shapes } = attentionView([
    measured(1, sink),
    measured(0, sink),
    measured(0, flat(200)),
    measured(1, sink),
    measured(1, bump(200, 100, 2)),
  ]);
  assert.deepEqual(shapes, { u: 3, mountain: 1, uniform: 1, mixed: 0 });
  const seen = heads.map(({ head, shape, sinkSides }) => [
    head,
    shape,
    sinkSides,
  ]);
  assert.deepEqual(seen, [[0, "mixed", 1], [1, "u", 2]]);
});

Deno.test("attentionView() of a merged cache adds up the zones of its chunks", () => {
  const p = spikes(400, { 0: 0.1, 200: 0.3, 399: 0.2 });
  const segments = [
    { chunk: 2, from: 0, to: 200 },
    { chunk: 7, from: 200, to: 400 },
  ];
  const { heads: [head], chunks } = attentionView([measured(0, p, segments)]);
  const even = 0.4 / 397;
  const near = (a: number, b: number) => assert(Math.abs(a - b) < 1e-9);
  near(head!.sink, 0.4 + 38 * even);
  near(head!.recent, 0.2 + 39 * even);
  near(head!.sink + head!.middle + head!.recent, 1);
  assert.deepEqual(chunks.map(({ chunk, peaks }) => [chunk, peaks]), [
    [2, 1],
    [7, 2],
  ]);
  near(chunks[1]!.mass, 0.5 + 198 * even);
});

Deno.test("partShapes() finds a U in every chunk of a cache that is none as a whole", () => {
  const ends = Object.fromEntries(
    [0, 99, 100, 199, 200, 299].map((at) => [at, 0.15]),
  );
  const segments = [0, 1, 2].map((chunk) => ({
    chunk,
    from: 100 * chunk,
    to: 100 * (chunk + 1),
  }));
  const { shapes, chunks } = attentionView([
    measured(0, spikes(300, ends), segments),
    measured(1, spikes(300, { 150: 1 }), segments),
  ]);
  assert.deepEqual(shapes, { u: 0, mountain: 2, uniform: 0, mixed: 0 });
  assert.deepEqual(partShapes(chunks), {
    u: 3,
    mountain: 1,
    uniform: 2, // what gets nothing counts as flat
    mixed: 0,
  });
});

Deno.test("attentionView() counts a head that holds nothing of a chunk as one that gives it nothing", () => {
  const both = [
    { chunk: 0, from: 0, to: 100 },
    { chunk: 3, from: 100, to: 200 },
  ];
  const { chunks } = attentionView([
    measured(0, flat(200), both),
    measured(1, flat(100), [{ chunk: 3, from: 0, to: 100 }]),
  ]);
  const said = chunks.map(({ chunk, entries, mass, shapes }) => [
    chunk,
    entries,
    Number(mass.toFixed(9)),
    shapes.uniform,
  ]);
  assert.deepEqual(said, [[0, 50, 0.25, 1], [3, 100, 0.75, 2]]);
});
