import assert from "node:assert/strict";
import { queuedEntries } from "../../../cli/predict/entries_left.ts";
import { keptChunks } from "../../../cli/predict/plan_numbers.ts";
import { builtins, loadGraph, shippedGraph } from "../../../mod.ts";

async function kept(
  graph: string,
  params: Readonly<Record<string, number>>,
  count = 20,
): Promise<number> {
  const registry = builtins();
  const plan = await loadGraph(shippedGraph(graph), { registry, params });
  return keptChunks(plan, count);
}

Deno.test("keptChunks() of a selection that may keep fewer is what it may keep at most", async () => {
  assert.equal(await kept("adaptive", {}), 3);
  assert.equal(await kept("adaptive", { keepChunks: 7 }), 7);
  assert.equal(await kept("adaptive", { keepChunks: 7 }, 5), 5);
  const least = { keepChunks: 2, leastChunks: 4 };
  assert.equal(await kept("adaptive", least), 4);
});

Deno.test("keptChunks() counts what doubt may bring back, as far as it is held", async () => {
  assert.equal(await kept("doubt", {}), 3);
  const often = { firstChunks: 2, moreChunks: 3, times: 2 };
  assert.equal(await kept("doubt", { ...often, heldChunks: 9 }), 8);
  assert.equal(await kept("doubt", { ...often, heldChunks: 4 }), 4);
});

Deno.test("keptChunks() of a selection that stops early is what it keeps", async () => {
  assert.equal(await kept("early", {}), 3);
  assert.equal(await kept("early", { keepChunks: 5, leastRead: 2 }, 4), 4);
});

Deno.test("keptChunks() takes a scorer's n for no number of chunks", async () => {
  const registry = builtins();
  const plan = await loadGraph(shippedGraph("reread"), {
    registry,
    revise: ({ nodes, ...graph }) => {
      const scored = {
        stage: "score.lexical",
        in: {
          chunks: "asked",
          prompt: "prompt",
          tokens: "tokens",
          corpus: "chunks",
        },
        with: { unit: "ngram", n: 3 },
      };
      return { ...graph, nodes: { ...nodes, scored } };
    },
  });
  assert.equal(keptChunks(plan, 20), 16);
  assert.equal(queuedEntries(plan, 1600), 512);
});
