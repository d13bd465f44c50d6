import assert from "node:assert/strict";
import { parse } from "yaml";
import { reviseGraph } from "../../../cli/experiment/revise_graph.ts";
import type { Edit } from "../../../cli/experiment/variation.ts";
import {
  builtins,
  defineEvictor,
  EvictorOptions,
  type GraphFile,
  planGraph,
} from "../../../mod.ts";
import { z } from "zod";

const file = new URL("../../../graphs/parallelcomp.yaml", import.meta.url);
const shipped: GraphFile = parse(await Deno.readTextFile(file));
/** A rule with an option that the others lack. */
const seeded = defineEvictor({
  name: "my.seeded",
  options: EvictorOptions.extend({
    seed: z.int().default(0).describe("seed"),
    size: z.int().default(3).describe("size"),
  }),
  score: (_view, out) => out.fill(0),
});
const registry = builtins().add(seeded);

function revise(edits: readonly Edit[], given: readonly string[] = []) {
  return reviseGraph(shipped, registry, edits, given);
}

const exchange: Edit = { kind: "stage", node: "evicted", stage: "my.seeded" };

Deno.test("reviseGraph() exchanges a stage and keeps what fits", async () => {
  const { graph, notes } = revise([exchange]);
  const node = graph.nodes.evicted!;
  assert.equal(node.stage, "my.seeded");
  assert.equal((node.in as Record<string, unknown>).chunks, "best");
  assert.deepEqual(node.with, {
    keep: { entries: "${keepEntries}" },
    share: "${share}",
    seed: "${seed}",
  });
  assert.deepEqual(notes, ["my.seeded has no option rows, pool, reduce"]);
  const names = Object.keys(graph.params!);
  assert(!names.includes("rows") && !names.includes("pool"));
  assert(names.includes("share") && names.includes("keepEntries"));
  const plan = await planGraph(graph, { registry, params: { seed: 4 } });
  const { options } = plan.nodes.find(({ name }) => name === "evicted")!;
  assert.equal((options as { seed: number }).seed, 4);
});

Deno.test("reviseGraph() connects what the new stage requires", async () => {
  const bare: GraphFile = {
    ...shipped,
    nodes: {
      ...shipped.nodes,
      evicted: { stage: "my.seeded", in: { chunks: "best" } },
    },
  };
  const stage = "evict.attention";
  const edits: Edit[] = [{ kind: "stage", node: "evicted", stage }];
  const { graph } = reviseGraph(bare, registry, edits, []);
  assert.deepEqual(graph.nodes.evicted!.in, {
    chunks: "best",
    model: "model.model",
  });
  const params = ["keepEntries", "rows", "pool", "share"];
  const read = Object.entries(graph.params!).filter(([n]) =>
    !params.includes(n)
  );
  await planGraph({ ...graph, params: Object.fromEntries(read) }, { registry });
});

Deno.test("reviseGraph() keeps parameters that were given, so that the loader reports them", async () => {
  const { graph } = revise([exchange], ["pool"]);
  await assert.rejects(
    planGraph(graph, { registry }),
    /params.pool: No option reads parameter 'pool'/,
  );
});

Deno.test("reviseGraph() sets options, also inside others, behind every exchange", () => {
  const { graph } = revise([
    {
      kind: "option",
      node: "evicted",
      path: ["keep", "entries"],
      value: 12,
    },
    { kind: "option", node: "evicted", path: ["size"], value: 5 },
    exchange,
  ]);
  const options = graph.nodes.evicted!.with!;
  assert.deepEqual(options.keep, { entries: 12 });
  assert.equal(options.size, 5);
});

Deno.test("reviseGraph() adds parameters that options read beside the file's", async () => {
  const oracle: Edit[] = [
    { kind: "stage", node: "scored", stage: "score.oracle" },
    {
      kind: "option",
      node: "scored",
      path: ["text"],
      value: "${evidence}",
    },
  ];
  const more = { expected: ["a"], evidence: ["b", "c"] };
  const { graph, added } = reviseGraph(shipped, registry, oracle, [], more);
  assert.deepEqual(added, ["evidence"]);
  const plan = await planGraph(graph, { registry });
  const { options } = plan.nodes.find(({ name }) => name === "scored")!;
  assert.deepEqual((options as { text: unknown }).text, ["b", "c"]);
});

Deno.test("reviseGraph() takes a case's texts for a parameter of the file, unless it was given", () => {
  const more = { expected: ["a"], evidence: ["b", "c"] };
  const file: GraphFile = {
    ...shipped,
    params: { ...shipped.params, evidence: [] },
    nodes: {
      ...shipped.nodes,
      scored: {
        stage: "score.oracle",
        in: {
          chunks: "asked",
          prompt: "prompt",
          tokens: "tokens",
          corpus: "chunks",
        },
        with: { text: "${evidence}" },
      },
    },
  };
  const revised = reviseGraph(file, registry, [], [], more);
  assert.deepEqual(revised.added, ["evidence"]);
  assert.deepEqual(revised.graph.params!.evidence, ["b", "c"]);
  const given = reviseGraph(file, registry, [], ["evidence"], more);
  assert.deepEqual(given.added, []);
  assert.deepEqual(given.graph.params!.evidence, []);
});

Deno.test("reviseGraph() leaves a node alone whose stage is the same", () => {
  const stage = shipped.nodes.evicted!.stage;
  const { graph, notes } = revise([{ kind: "stage", node: "evicted", stage }]);
  assert.deepEqual([graph, notes], [shipped, []]);
});

Deno.test("reviseGraph() names a node that is not there", () => {
  for (
    const edit of [
      { ...exchange, node: "evictd" },
      { kind: "option", node: "evictd", path: ["keep"], value: 1 },
      { kind: "inputs", node: "evictd", value: "best" },
    ] as Edit[]
  ) {
    assert.throws(
      () => revise([edit]),
      /The graph has no node 'evictd'; did you mean 'evicted'\?/,
    );
  }
});
