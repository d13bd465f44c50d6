import assert from "node:assert/strict";
import { isQueryAware } from "../../../cli/eval/query_aware.ts";
import { splitPrefill } from "../../../cli/eval/split_prefill.ts";
import { reviseGraph } from "../../../cli/experiment/revise_graph.ts";
import type { Edit } from "../../../cli/experiment/variation.ts";
import { builtins, loadGraph, shippedGraph } from "../../../mod.ts";

async function aware(name: string, stages: Record<string, string> = {}) {
  const edits = Object.entries(stages).map(
    ([node, stage]): Edit => ({ kind: "stage", node, stage }),
  );
  const plan = await loadGraph(shippedGraph(name), {
    registry: builtins(),
    revise: (file, registry) => reviseGraph(file, registry, edits, []).graph,
  });
  return isQueryAware(plan);
}

Deno.test("isQueryAware() of shipped graphs", async () => {
  const sees = ["parallelcomp", "paper", "one_pass", "evict_first", "two_hop"];
  sees.push("adaptive", "doubt", "early");
  for (const name of sees) assert.equal(await aware(name), true, name);
  const blind = ["full_attention", "truncate_middle", "streaming_llm"];
  for (const name of blind) assert.equal(await aware(name), false, name);
});

Deno.test("isQueryAware() looks at what stages read, not at whether the question was asked", async () => {
  const blind = { scored: "score.random", evicted: "evict.knorm" };
  assert.equal(await aware("evict_first", blind), false);
  const one = { ...blind, evicted: "evict.attention" };
  assert.equal(await aware("evict_first", one), true);
  assert.equal(
    await aware("evict_first", { ...blind, scored: "score.bm25" }),
    true,
  );
  assert.equal(
    await aware("evict_first", { ...blind, scored: "score.recency" }),
    false,
  );
});

Deno.test("splitPrefill() makes two passes of one, and leaves other graphs alone", async () => {
  const { nodes } = await splitOf("one_pass");
  assert.equal(nodes["asked-alone"]!.stage, "prefill");
  assert.deepEqual(nodes["asked-alone"]!.in, {
    chunks: "chunks",
    model: "model",
  });
  assert.deepEqual(nodes.asked, {
    stage: "requery",
    in: { chunks: "asked-alone", model: "model", prompt: "prompt" },
  });
  assert.equal((await splitOf("parallelcomp")).same, true);
});

async function splitOf(name: string) {
  let same = false;
  let nodes: ReturnType<typeof splitPrefill>["nodes"] = {};
  await loadGraph(shippedGraph(name), {
    registry: builtins(),
    revise: (file) => {
      const split = splitPrefill(file);
      nodes = split.nodes;
      same = JSON.stringify(nodes) === JSON.stringify(file.nodes);
      return split;
    },
  });
  return { nodes, same };
}
