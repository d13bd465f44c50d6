import assert from "node:assert/strict";
import { planGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import { lastValueFrom, toArray } from "rxjs";
import { issuesOf, loadText } from "./load_text.ts";
import { testRegistry } from "./test_stages.ts";

/** A user's module: its stage shouts. */
const shout = (name: string) => `
import { map } from "rxjs";
const word = { name: "test/word", schema: { safeParse: (data) => ({ success: true, data }) } };
export const stage = Object.defineProperty({
  name: "${name}",
  summary: "Shouts",
  inputs: { in: { type: word, single: false } },
  outputs: { out: { type: word, single: false } },
  options: ${JSON.stringify(null)} ?? (await import("zod")).z.object({}),
  run: (inputs) => ({ out: inputs.in.pipe(map((w) => w.toUpperCase())) }),
}, Symbol.for("parallelcomp.stage"), { value: true });
`;
const graph = (use: string, stage = "my.shout") =>
  `version: 1
use: ${use}
nodes:
  w: { stage: words }
  s: { stage: ${stage}, in: w }
outputs: { o: s }
`;

Deno.test("loadGraph() uses stages of a module beside the graph", async () => {
  const registry = testRegistry();
  const plan = await loadText(
    graph("[./shout.ts]"),
    { registry },
    { "shout.ts": shout("my.shout") },
  );
  const output = runGraph(plan).outputs.o!;
  assert.deepEqual(await lastValueFrom(output.pipe(toArray())), [
    "A",
    "B",
    "C",
  ]);
  assert.equal(registry.get("my.shout"), undefined, "the caller's stays");
});

Deno.test("loadGraph() reports a module that is not there, and no stage that it may hold", async () => {
  assert.deepEqual(await issuesOf(graph("[./nope.ts]")), [
    `2:7 use.0: Cannot use './nope.ts': Module not found "./nope.ts"`,
  ]);
  assert.deepEqual(await issuesOf(graph("[./nope.ts]", "repeeat")), [
    `2:7 use.0: Cannot use './nope.ts': Module not found "./nope.ts"`,
    "5:15 nodes.s.stage: Unknown stage 'repeeat'; did you mean 'repeat'?",
  ]);
});

Deno.test("loadGraph() reports modules that fail, hold no stage, or take a name", async () => {
  const issues = await issuesOf(
    graph("[./fails.ts, ./empty.ts, ./clash.ts]", "repeat"),
    {},
    {
      "fails.ts": 'throw new Error("first line\\nsecond line");\n',
      "empty.ts": "export const x = 1;\n",
      "clash.ts": shout("mark"),
    },
  );
  assert.deepEqual(issues, [
    "2:7 use.0: Cannot use './fails.ts': first line second line",
    "2:19 use.1: Module './empty.ts' exports no stage; export what defineStage() returns",
    "2:31 use.2: Stage 'mark' is defined by both test_stages.ts and ./clash.ts; rename one of them",
  ]);
});

Deno.test("loadGraph() imports nothing from elsewhere without trust", async () => {
  const outside = [
    "../shout.ts",
    "./a/../../shout.ts",
    "/etc/shout.ts",
    "./%2e%2e/shout.ts",
    "./..%2Fshout.ts",
    "./..%5Cshout.ts",
    "//example.com/shout.ts",
  ];
  for (const specifier of outside) {
    const issues = await issuesOf(graph(`["${specifier}"]`));
    assert.equal(issues.length, 1, specifier);
    assert.match(issues[0]!, /it is outside the graph's folder; move it/);
  }
  const schemes = [
    "https://example.com/shout.ts",
    "npm:shout@1",
    "file:///etc/shout.ts",
    "data:text/javascript,0",
    "node:fs",
  ];
  for (const specifier of schemes) {
    const issues = await issuesOf(graph(`["${specifier}"]`));
    assert.equal(issues.length, 1, specifier);
    assert.match(issues[0]!, /only \.\/files beside the graph and names/);
  }
});

Deno.test("loadGraph() imports from elsewhere with trust", async () => {
  const module = `data:text/javascript,${
    encodeURIComponent(
      'export const s = Object.defineProperty({ name: "my.shout", inputs: {}, outputs: {} }, Symbol.for("parallelcomp.stage"), { value: true });',
    )
  }`;
  const text = graph(`["${module}"]`, "my.shot");
  const issues = await issuesOf(text, { trust: true });
  assert.deepEqual(issues, [
    "5:15 nodes.s.stage: Unknown stage 'my.shot'; did you mean 'my.shout'?",
  ]);
});

Deno.test("loadGraph() takes bare names from the import map", async () => {
  const issues = await issuesOf(graph("[no-such-package]"));
  assert.equal(issues.length, 1);
  assert.match(issues[0]!, /^2:7 use.0: Cannot use 'no-such-package': /);
  assert.deepEqual(await issuesOf(graph("[zod]", "repeat")), [
    "2:7 use.0: Module 'zod' exports no stage; export what defineStage() returns",
  ]);
});

Deno.test("planGraph() has no folder for relative modules", async () => {
  const plan = planGraph({
    version: 1,
    use: ["./shout.ts"],
    nodes: { w: { stage: "words" } },
    outputs: { o: "w" },
  }, { registry: testRegistry() });
  await assert.rejects(plan, {
    message:
      "graph use.0: Cannot use './shout.ts': a graph without a file has no folder; add the module's stages to the registry",
  });
});
