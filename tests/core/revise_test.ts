import assert from "node:assert/strict";
import { GraphError } from "../../core/errors.ts";
import type { GraphFile } from "../../core/graph.ts";
import { planGraph } from "../../core/load.ts";
import { loadText } from "./load_text.ts";
import { testRegistry } from "./test_stages.ts";

const GRAPH = `version: 1
nodes:
  first: { stage: words }
  again: { stage: repeat, in: { in: first }, with: { times: 2 } }
outputs: { again: again }
`;
const often = (graph: GraphFile): GraphFile => ({
  ...graph,
  nodes: {
    ...graph.nodes,
    again: { ...graph.nodes.again!, with: { times: 7 } },
  },
});

Deno.test("loadGraph() plans the graph as revised, with the stages at hand", async () => {
  const names: string[] = [];
  const plan = await loadText(GRAPH, {
    revise: (graph, registry) => {
      names.push(...registry.names());
      return often(graph);
    },
  });
  const { options } = plan.nodes.find(({ name }) => name === "again")!;
  assert.deepEqual(options, { times: 7, glue: "" });
  assert(names.includes("repeat"));
  assert.equal(plan.source, GRAPH);
});

Deno.test("loadGraph() checks what a revision made, and shows the file's lines", async () => {
  const revise = (graph: GraphFile): GraphFile => ({
    ...graph,
    nodes: { ...graph.nodes, again: { ...graph.nodes.again!, stage: "rpeat" } },
  });
  await assert.rejects(
    loadText(GRAPH, { revise }),
    (error: GraphError) =>
      error.issues.length === 1 && error.issues[0]!.line === 4 &&
      /Unknown stage 'rpeat'; did you mean 'repeat'/.test(error.message),
  );
});

Deno.test("loadGraph() does not revise what it could not read", async () => {
  let called = false;
  await assert.rejects(
    loadText("version: 2\nnodes: {}\noutputs: {}\n", {
      revise: (graph) => {
        called = true;
        return graph;
      },
    }),
    GraphError,
  );
  assert.equal(called, false);
});

Deno.test("planGraph() takes a revision too", async () => {
  const graph: GraphFile = {
    version: 1,
    nodes: {
      first: { stage: "words" },
      again: { stage: "repeat", in: "first" },
    },
    outputs: { again: "again" },
  };
  const plan = await planGraph(graph, {
    registry: testRegistry(),
    revise: often,
  });
  const { options } = plan.nodes.find(({ name }) => name === "again")!;
  assert.deepEqual(options, { times: 7, glue: "" });
});
