import assert from "node:assert/strict";
import { card } from "../../../bench/page/card.ts";
import type { Drawing } from "../../../bench/page/figure.ts";
import { memory } from "../../../bench/page/memory.ts";
import { prefill } from "../../../bench/page/prefill.ts";

/** What a figure draws, as text. */
const drawn = ({ draw }: Drawing, name: string, data: object) =>
  draw(new Map([[name, data]])).map(({ title, chart }) => ({
    title,
    text: JSON.stringify(chart),
  }));

const run = { prefilled: 2, merged: 3, first: 4, perToken: 0.5 };
const onCard = {
  command: "deno run -A bench/gpu/main.ts 1b workers=2",
  card: "a card",
  settings: { shape: "1b", chunks: 2, rows: 100, batch: 4, bits: 16 },
  decode: { bandwidthLimitSeconds: 0.1 },
  peakCardBytes: 3e9,
  all: { ours: [run, run, run], theirs: [{ chunks: 1, full: 8 }] },
};

Deno.test("card draws tokens a second, first token, and decoding beside its limit; no memory that torch is in", () => {
  const figures = drawn(card, "gpu_x", onCard);
  const expected: Readonly<Record<string, readonly RegExp[]>> = {
    "CUDA: prefill": [
      /"side":"16 bits, 4 a call, 2 cards \(gpu_x\)".*?"median":100,.*?"rounds":3/,
      /"kind":"torch","median":200,.*?"rounds":1/,
    ],
    "CUDA: first token": [/"median":4,/, /"kind":"torch","median":8,/],
    "CUDA: decoding": [
      /"median":2,/,
      /"kind":"physical limit","median":10,/,
    ],
  };
  assert.deepEqual(figures.map(({ title }) => title), Object.keys(expected));
  for (const { title, text } of figures) {
    for (const pattern of expected[title]!) assert.match(text, pattern, title);
  }
});

Deno.test("card leaves out what was not measured", () => {
  const all = { ours: [run], theirs: [] };
  const figures = drawn(card, "gpu_x", { ...onCard, all });
  for (const { text } of figures) assert.doesNotMatch(text, /torch/);
  assert.equal(figures.at(-1)!.title, "CUDA: the card's peak");
  assert.match(figures.at(-1)!.text, /"median":3,/);
});

Deno.test("memory draws predictions over measurements, with lines of 10 % around", () => {
  const row = { command: "run", graph: "g", tokens: 1, flags: "" };
  const [figure] = drawn(memory, "memory", {
    rows: [{ ...row, predictedMiB: 100, measuredMiB: [90, 110, 125] }],
  });
  assert.match(
    figure!.text,
    /"predicted":100,"median":110,"least":90,"most":125/,
  );
  const lines = [
    ...figure!.text.matchAll(/"measured":([\d.]+),"predicted":([\d.]+)/g),
  ]
    .map(([, measured, predicted]) =>
      (Number(predicted) / Number(measured)).toFixed(2)
    );
  assert.deepEqual([...new Set(lines)].sort(), ["0.90", "1.00", "1.10"]);
});

Deno.test("prefill draws short chunks before long ones, from all of its files", () => {
  const result = (tokens: number) => ({
    model: "m",
    rows: [{ tokens, tokensPerSecond: { exact: [1, 3, 2] } }],
  });
  const [figure] = prefill.draw(
    new Map([["cpu_prefill_8192", result(8192)], ["cpu_prefill", result(512)]]),
  );
  assert.deepEqual(figure!.files, ["cpu_prefill_8192", "cpu_prefill"]);
  const text = JSON.stringify(figure!.chart);
  assert(text.indexOf("512 tokens") < text.indexOf("8,192 tokens"));
  assert.match(text, /"median":2,"least":1,"most":3,"rounds":3/);
});
