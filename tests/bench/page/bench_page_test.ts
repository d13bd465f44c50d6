import assert from "node:assert/strict";
import { benchPage } from "../../../bench/page/bench_page.ts";
import { readResults } from "../../../bench/page/read_results.ts";

const figuresOf = (page: string) =>
  page.match(/<figure>.*?<\/figure>/gs)?.map((figure) => ({
    title: /<h2>(.*?)<\/h2>/.exec(figure)![1]!,
    sources: [
      ...figure.matchAll(/<p>([\w.]+)\.json[^:]*:\s*<code>(.*?)<\/code>/g),
    ]
      .map(([, name, command]) => ({ name: name!, command: command! })),
    figure,
  })) ?? [];

Deno.test("benchPage() draws every stored result, or names it as left out", async () => {
  const results = await readResults();
  const page = await benchPage(results);
  const figures = figuresOf(page);
  const drawn = figures.flatMap(({ sources }) => sources.map((s) => s.name));
  const [, left] = /<h2>Left out<\/h2>\s*<p>(.*?)<\/p>/s.exec(page)!;
  for (const name of results.keys()) {
    assert(
      drawn.includes(name) || left!.includes(`${name}.json`),
      `'${name}.json' is neither drawn nor named as left out`,
    );
  }
  for (const { title, sources, figure } of figures) {
    assert.match(figure, /<svg .*<\/svg>/s, title);
    assert(sources.length > 0, `'${title}' does not say where it comes from`);
    for (const { command } of sources) {
      assert.match(command, /^(deno|parallelcomp) /, title);
    }
  }
});

Deno.test("benchPage() names results that no chart draws", async () => {
  const page = await benchPage(
    new Map([["another", { command: "deno run another.ts" }]]),
  );
  assert.match(page, /No chart draws another\.json\./);
  assert.deepEqual(figuresOf(page), []);
});

Deno.test("benchPage() names results that are not as their chart reads them, and draws the others", async () => {
  const command = "deno run -A bench/cpu_decode.ts";
  const tokensPerSecond = { greedy: { exact: [1] } };
  const page = await benchPage(
    new Map([
      ["cpu_decode_1", { command, model: "m", entries: 1, tokensPerSecond }],
      ["cpu_decode_2", { command, model: "m", rates: [1] }],
    ]),
  );
  assert.match(page, /No chart draws cpu_decode_2\.json\./);
  assert.deepEqual(figuresOf(page).map(({ title }) => title), ["Decoding"]);
});

Deno.test("benchPage() asks for nothing from outside, and has no script", async () => {
  const page = await benchPage(await readResults());
  assert.doesNotMatch(page, /https?:|<script|src=|href=|@import|url\((?!#)/);
  assert.match(page, /content="default-src 'none'; style-src/);
});

Deno.test("benchPage() draws rounds as their median, and their range only where there is one", async () => {
  const decode = (rates: number[]) =>
    benchPage(
      new Map([["cpu_decode_2048", {
        command: "deno run -A bench/cpu_decode.ts",
        model: "made",
        entries: 2048,
        tokensPerSecond: { greedy: { exact: rates } },
      }]]),
    );
  const three = await decode([10, 30, 20]);
  assert.match(three, /aria-label="median: 20;/);
  assert.match(three, /aria-label="least: 10;[^"]*most: 30/);
  const one = await decode([25]);
  assert.match(one, /aria-label="median: 25;/);
  assert.doesNotMatch(one, /aria-label="least:/);
});
