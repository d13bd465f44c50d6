import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { GraphError } from "../../core/errors.ts";
import { loadGraph, planGraph } from "../../core/load.ts";
import { loadText } from "./load_text.ts";
import { testRegistry } from "./test_stages.ts";

const GRAPH = `version: 1
summary: Marks words
params: { times: 3, dir: data }
nodes:
  look:
    stage: search
    in: { words: marked, in: whole }
    with: { path: "\${dir}/words-\${times}.txt" }
  whole: { stage: sentence, in: { words: [first, again] } }
  marked: { stage: mark, in: first.out }
  again: { stage: repeat, in: { in: first }, with: { times: "\${times}" } }
  first: { stage: words }
outputs: { found: look.found }
`;

Deno.test("loadGraph() puts every node after those that it reads", async () => {
  const plan = await loadText(GRAPH);
  const names = plan.nodes.map(({ name }) => name);
  assert.equal(names.length, 5);
  for (const { name, inputs } of plan.nodes) {
    for (const { node } of Object.values(inputs).flat()) {
      assert(names.indexOf(node) < names.indexOf(name), `${node} -> ${name}`);
    }
  }
});

Deno.test("loadGraph() resolves edges, short and long forms alike", async () => {
  const plan = await loadText(GRAPH);
  const inputs = Object.fromEntries(plan.nodes.map((n) => [n.name, n.inputs]));
  const first = { node: "first", port: "out" };
  assert.deepEqual(inputs, {
    look: {
      words: [{ node: "marked", port: "out" }],
      in: [{ node: "whole", port: "whole" }],
    },
    whole: { words: [first, { node: "again", port: "out" }] },
    marked: { in: [first] },
    again: { in: [first] },
    first: {},
  });
  assert.deepEqual(plan.outputs, { found: { node: "look", port: "found" } });
});

Deno.test("loadGraph() fills in parameters: whole values keep their type", async () => {
  const plan = await loadText(GRAPH, { params: { times: 5 } });
  const options = Object.fromEntries(
    plan.nodes.map((n) => [n.name, n.options]),
  );
  assert.deepEqual(options.again, { times: 5, glue: "" });
  assert.deepEqual(options.look, { path: "data/words-5.txt" });
  assert.deepEqual(options.first, { list: ["a", "b", "c"] });
  assert.deepEqual(plan.params, { times: 5, dir: "data" });
});

Deno.test("loadGraph() fills in parameters anywhere in an option, and leaves $${ alone", async () => {
  const plan = await loadText(
    `version: 1
params: { all: [x, y], one: z }
nodes:
  w: { stage: words, with: { list: ["\${one}", "$\${one}", "a$\${one}\${one}"] } }
  v: { stage: words, with: { list: "\${all}" } }
outputs: { w: w, v: v }
`,
  );
  const options = plan.nodes.map((n) => n.options);
  assert.deepEqual(options, [
    { list: ["z", "${one}", "a${one}z"] },
    { list: ["x", "y"] },
  ]);
});

Deno.test("loadGraph() knows what the values of every output carry", async () => {
  const plan = await loadText(GRAPH);
  const facets = Object.fromEntries(plan.nodes.map((n) => [n.name, n.facets]));
  assert.deepEqual(facets.marked, { out: ["marked"] });
  assert.deepEqual(facets.look, { found: ["marked"], missed: [] });
  assert.deepEqual(facets.again, { out: [] });
});

Deno.test("loadGraph() gives the plan what the file says about itself", async () => {
  const plan = await loadText(GRAPH);
  assert.equal(plan.file, "g.yaml");
  assert.equal(plan.version, 1);
  assert.equal(plan.summary, "Marks words");
  assert.equal(plan.source, GRAPH);
  assert.deepEqual(plan.warnings, []);
});

Deno.test("loadGraph() reads JSON, tabs included", async () => {
  const json = '{\n\t"version": 1,\n\t"nodes": { "w": { "stage": "words" } },' +
    '\n\t"outputs": {\n\t\t"o": "w"\n\t}\n}\n';
  const plan = await loadText(json);
  assert.deepEqual(plan.outputs, { o: { node: "w", port: "out" } });
});

Deno.test("loadGraph() warns about nodes that never run", async () => {
  const plan = await loadText(`version: 1
nodes:
  w: { stage: words }
  idle: { stage: mark, in: w }
  idler: { stage: mark, in: idle }
outputs: { o: w }
`);
  const path = ["nodes", "idle"];
  const message = "Node 'idle' never runs: it leads to no output";
  assert.deepEqual(plan.warnings[0], { message, path, line: 4, column: 3 });
  assert.deepEqual(plan.warnings.map((w) => w.path[1]), ["idle", "idler"]);
});

Deno.test("loadGraph() says when the file cannot be read", async () => {
  const url = new URL("file:///nowhere/at%20all.yaml");
  await assert.rejects(
    loadGraph(url, { registry: testRegistry() }),
    (error) => {
      assert(error instanceof GraphError);
      assert.match(
        error.message,
        /^at all.yaml: Cannot read the graph: No such/,
      );
      return true;
    },
  );
});

Deno.test("loadGraph() calls the file as the caller wants", async () => {
  const plan = await loadText(GRAPH, { file: "graphs/mine.yaml" });
  assert.equal(plan.file, "graphs/mine.yaml");
});

Deno.test("planGraph() takes a graph without a file", async () => {
  const plan = await planGraph({
    version: 1,
    nodes: {
      w: { stage: "words", with: { list: ["x"] } },
      m: { stage: "mark", in: "w" },
    },
    outputs: { o: "m" },
  }, { registry: testRegistry() });
  assert.deepEqual(plan.nodes.map(({ name }) => name), ["w", "m"]);
  assert.equal(plan.file, "graph");
  assert.equal(plan.source, undefined);
});

Deno.test("planGraph() reports issues without lines", async () => {
  const graph = {
    version: 1 as const,
    nodes: { w: { stage: "wrds" }, m: { stage: "mark", in: "v" } },
    outputs: { o: "m" },
  };
  await assert.rejects(planGraph(graph, { registry: testRegistry() }), {
    name: "GraphError",
    message:
      "graph nodes.w.stage: Unknown stage 'wrds'; did you mean 'words'?\n" +
      "graph nodes.m.in: Unknown node 'v'; known: w, m",
  });
});

Deno.test("planGraph() hands objects in options through as they are", async () => {
  const stage = { ...testRegistry().get("words")!, name: "any.options" };
  const pattern = /x/;
  const open = {
    ...stage,
    options: z.object({ pattern: z.instanceof(RegExp) }),
  };
  const plan = await planGraph({
    version: 1,
    nodes: { w: { stage: "any.options", with: { pattern } } },
    outputs: { o: "w" },
  }, { registry: testRegistry(open) });
  assert.equal(
    (plan.nodes[0]!.options as { pattern: RegExp }).pattern,
    pattern,
  );
});

Deno.test("loadGraph() takes a path, a file: URL as text, or a URL", async () => {
  const folder = await Deno.makeTempDir({ prefix: "with space " });
  try {
    const path = `${folder}/größe #1.yaml`;
    await Deno.writeTextFile(path, GRAPH);
    const registry = testRegistry();
    const url = pathToFileURL(path);
    const relative = path.slice(1).replace(/^/, "../".repeat(20));
    for (const graph of [path, relative, url.href, url]) {
      const plan = await loadGraph(graph, { registry });
      assert.equal(plan.file, "größe #1.yaml");
    }
    const missing = loadGraph(`${folder}/no.yaml`, { registry });
    await assert.rejects(missing, {
      name: "GraphError",
      message: /^no.yaml: Cannot read the graph: No such file/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadGraph() refuses what names no file, and says what takes a graph as a value", async () => {
  const value = { version: 1, nodes: {}, outputs: {} } as unknown as string;
  for (const graph of [value, ""]) {
    await assert.rejects(loadGraph(graph, { registry: testRegistry() }), {
      name: "TypeError",
      message: /call planGraph\(\)$/,
    });
  }
});
