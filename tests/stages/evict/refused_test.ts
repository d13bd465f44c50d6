import assert from "node:assert/strict";
import { lastValueFrom } from "rxjs";
import { Budget } from "../../../core/budget.ts";
import { runGraph } from "../../../core/run.ts";
import { chunkGraph, type GraphNode } from "../chunk_graph.ts";
import { fakeCase } from "../fake_case.ts";

const nodes: Readonly<Record<string, GraphNode>> = {
  prefill: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
  asked: {
    stage: "requery",
    in: { chunks: "prefill", prompt: "prompt", model: "model" },
  },
};

/** Loads a graph with one evictor. */
async function load(
  stage: string,
  inputs: Record<string, string>,
  options = {},
) {
  const evicted = { stage, in: inputs, with: options };
  await chunkGraph(await fakeCase(), { ...nodes, evicted }, { out: "evicted" });
}

const all = { chunks: "asked", model: "model", prompt: "prompt" };

Deno.test("a rule whose needs are met is loaded", async () => {
  await load("evict.knorm", { chunks: "prefill" });
  await load("evict.snapkv", { chunks: "prefill", model: "model" });
  await load("evict.lookahead", all);
  await load("evict.null-contrast", all);
});

Deno.test("a rule that needs the question is refused without it, with the stages that ask it", async () => {
  for (const stage of ["evict.attention", "evict.head-weighted"]) {
    await assert.rejects(
      load(stage, { chunks: "prefill", model: "model" }),
      /Facet 'question' is missing on prefill\.chunks -> evicted\.chunks; stages that give it: .*requery/,
    );
  }
  for (const stage of ["evict.lookahead", "evict.null-contrast"]) {
    await assert.rejects(
      load(stage, { ...all, chunks: "prefill" }),
      /Facet 'question' is missing .*stages that give it: .*requery/,
    );
  }
});

Deno.test("a rule that needs the model is refused without it, with the nodes that give it", async () => {
  const { prompt: _, model: _model, ...chunks } = all;
  const stages = ["evict.snapkv", "evict.tova", "evict.h2o"];
  for (const stage of [...stages, "evict.expected-attention"]) {
    await assert.rejects(
      load(stage, chunks),
      /Input 'model' \(pc\/model\) of stage 'evict\..*' is not connected; nodes that give it: model/,
    );
  }
});

Deno.test("a rule that needs the prompt is refused without it, with the nodes that give it", async () => {
  const { prompt: _, ...others } = all;
  for (const stage of ["evict.lookahead", "evict.null-contrast"]) {
    await assert.rejects(
      load(stage, others),
      /Input 'prompt' \(pc\/prompt\) of stage 'evict\..*' is not connected; nodes that give it: prompt/,
    );
  }
});

Deno.test("spans of sentences are refused without the model whose tokens they are", async () => {
  const spans = { sentences: true };
  await load("evict.knorm", { chunks: "prefill" }, { spans: { tokens: 9 } });
  await load("evict.knorm", { chunks: "prefill", model: "model" }, { spans });
  await assert.rejects(
    load("evict.knorm", { chunks: "prefill" }, { spans }),
    /Input 'model' .* is not connected, but its options need it; nodes that give it: model/,
  );
});

Deno.test("total is refused where an evictor sees one chunk at a time, fused with its prefill or not", async () => {
  const evicted: GraphNode = {
    stage: "evict.attention",
    in: { chunks: "first", model: "model" },
    with: { total: 40 },
  };
  const pair: GraphNode = {
    stage: "prefill.question",
    in: { chunks: "chunks", prompt: "prompt", model: "model" },
  };
  for (const evicts of [false, true]) {
    const test = await fakeCase({ model: { evicts } });
    const plan = await chunkGraph(test, { first: pair, evicted }, {
      out: "evicted",
    });
    const budget = new Budget(1e9);
    const { outputs } = runGraph(plan, { budget });
    await assert.rejects(lastValueFrom(outputs.out!), {
      message:
        /^Node '(first\+)?evicted' .* failed: total: 40 counts entries of all chunks together, and this evictor sees one at a time; say keep: \{ entries: 40 \}, or evict behind merge$/,
    });
    assert.deepEqual([budget.used, test.model.live], [0, 0]);
  }
});
