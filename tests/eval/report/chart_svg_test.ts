import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { chartSvg } from "../../../eval/report/chart_svg.ts";

const bars = (values: object[]): TopLevelSpec => ({
  data: { values },
  mark: "bar",
  encoding: {
    x: { field: "speed", type: "quantitative" },
    y: { field: "side", type: "nominal" },
  },
});

Deno.test("chartSvg() draws every value, and loads nothing", async () => {
  const { text } = await chartSvg(
    bars([{ speed: 10, side: "ours" }, { speed: 5, side: "theirs" }]),
  );
  assert.match(text, /^<svg [^>]*>.*<\/svg>$/s);
  assert.match(text, /speed: 10; side: ours/);
  assert.match(text, /speed: 5; side: theirs/);
  assert.doesNotMatch(text, /https?:|<script|<style|href=|url\((?!#)/);
});

Deno.test("chartSvg() shows hostile text as text", async () => {
  const side = `</svg><script>alert("1")</script> id="x" &'`;
  const { text } = await chartSvg(bars([{ speed: 1, side }]));
  assert.doesNotMatch(text, /<script|<\/svg>./s);
  assert.match(text, /&lt;script&gt;/);
});

Deno.test("chartSvg() names gradients and clips by the chart, so that no two charts share them", async () => {
  const heat = (top: number): TopLevelSpec => ({
    data: { values: [{ layer: 0, mass: 0 }, { layer: 1, mass: top }] },
    mark: { type: "rect", clip: true },
    encoding: {
      x: { field: "layer", type: "ordinal" },
      color: { field: "mass", type: "quantitative" },
    },
  });
  const names = async (top: number) => {
    const { text } = await chartSvg(heat(top));
    const used = [...text.matchAll(/url\(#([^)]*)\)/g)].map(([, name]) => name);
    const given = [...text.matchAll(/ id="([^"]*)"/g)].map(([, name]) => name);
    assert(used.length > 0);
    assert.deepEqual(new Set(used), new Set(given));
    return given;
  };
  const [a, b] = [await names(1), await names(2)];
  assert.deepEqual(a.filter((name) => b.includes(name)), []);
  assert.deepEqual(await names(1), a); // whatever was drawn before
});

Deno.test("chartSvg() refuses data that would be loaded", async () => {
  await assert.rejects(
    chartSvg({ data: { url: "rows.json" }, mark: "point", encoding: {} }),
    { name: "TypeError", message: /values, no url/ },
  );
});

Deno.test("chartSvg() refuses what vega-lite would draw otherwise", async () => {
  await assert.rejects(
    chartSvg({
      data: { values: [{ a: "x" }] },
      mark: "bar",
      encoding: { y: { field: "a", type: "nominal", scale: { type: "log" } } },
    }),
    { name: "TypeError", message: /cannot be drawn as it says: .*scale/ },
  );
});
