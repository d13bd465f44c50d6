import assert from "node:assert/strict";
import { parse } from "yaml";
import { RunRecord } from "../../../cli/record/run_record.ts";
import { calibrations, runLength } from "../../../cli/show/final_sets.ts";
import { builtins, planGraph, shippedGraph } from "../../../mod.ts";
import { weighs } from "../../fixtures/conform/weighs.ts";
import { recorded, recordedEntries, recordPlan } from "./record_plan.ts";

Deno.test("RunRecorder records exactly the entries that the merged cache holds, and every byte comes back", async () => {
  const params = { window: 512, keepEntries: 128, share: "none" };
  const { record, answer, budget, entries } = await recorded(
    "parallelcomp",
    params,
    true,
  );
  assert.equal(budget.used, 0);
  assert.deepEqual(
    RunRecord.parse(JSON.parse(JSON.stringify(record))),
    JSON.parse(JSON.stringify(record)),
  );
  const { layers, kvHeads, stages } = record.sets;
  for (const { heads } of stages.at(-1)!.chunks) {
    assert.equal(heads.length, layers * kvHeads);
  }
  const found = recordedEntries(record, stages.at(-1)!);
  assert.deepEqual(found, entries["merged.context"]);
  const kept = record.chunks.filter(({ fate }) => fate === "kept");
  assert.deepEqual(
    kept.map(({ index }) => index),
    answer.kept.map(({ chunk }) => chunk),
  );
  for (const chunk of kept) {
    const bytes = chunk.pieces!.flatMap(({ lengths }) => lengths);
    assert.equal(bytes.length, chunk.tokens);
    assert.equal(
      bytes.reduce((a, b) => a + b),
      chunk.byteEnd - chunk.byteStart,
    );
  }
  const prefill = record.costs.find(({ node }) => node === "prefill")!;
  assert.equal(prefill.items, record.chunks.length);
  assert.equal(
    prefill.bytes,
    record.chunks.reduce(
      (sum, { tokens, lead }) =>
        sum + (tokens + lead) * layers * kvHeads * 2 * 64 * 4,
      0,
    ),
  );
  assert.deepEqual(stages.map(({ node, before }) => [node, before]), [
    ["prefill", null],
    ["evicted", 0],
    ["weighed", 1],
    ["merged", 2],
  ]);
});

Deno.test("RunRecorder holds no cache longer than a run without it", async () => {
  const params = { window: 512, keepEntries: 128 };
  const without = await recorded("parallelcomp", params, false);
  const with_ = await recorded("parallelcomp", params, true);
  assert.equal(with_.budget.peak, without.budget.peak);
  assert.equal(with_.answer.answer, without.answer.answer);
});

Deno.test("RunRecorder records what calibration dropped", async () => {
  const params = { window: 512, lambda: 0.01 };
  const { record } = await recorded("paper", params, true);
  const { lists, stages } = record.sets;
  const names = stages.map(({ node }) => node);
  assert(names.includes("calibrated"), names.join());
  const calibrated = stages.find(({ node }) => node === "calibrated")!;
  assert.equal(stages[calibrated.before!]!.node, "asked");
  const size = ({ chunks }: typeof calibrated) =>
    chunks.flatMap(({ heads }) => heads)
      .reduce((sum, list) => sum + runLength(lists[list]!), 0);
  assert(size(calibrated) < size(stages[calibrated.before!]!));
});

Deno.test("RunRecorder leaves fused neighbours fused, and listens to what leaves both", async () => {
  const source = await Deno.readTextFile(shippedGraph("parallelcomp"));
  const graph = parse(source);
  graph.nodes.evicted = {
    stage: "evict.knorm",
    in: { chunks: "prefill" },
    with: { keep: { entries: 100 } },
  };
  for (const name of ["keepEntries", "rows", "pool", "share"]) {
    delete graph.params[name];
  }
  graph.nodes.asked.in.chunks = "evicted";
  graph.nodes.calibrated.in.chunks = "best";
  const plan = await planGraph(graph, {
    registry: builtins(),
    params: { window: 512, prompt: "raw", maxTokens: 4 },
  });
  const { record, budget } = await recordPlan(plan, true, []);
  assert.equal(budget.used, 0);
  const fused = record.costs.find(({ node }) => node === "prefill+evicted")!;
  assert.equal(fused.items, record.chunks.length);
  const [first, ...others] = record.sets.stages;
  assert.equal(first!.node, "prefill+evicted");
  assert.deepEqual(others.map(({ node }) => node), ["weighed", "merged"]);
  const [list] = first!.chunks[0]!.heads;
  assert.equal(runLength(record.sets.lists[list!]!), 100);
  assert.equal(record.queues[0]!.steps.length, record.chunks.length);
});

Deno.test("RunRecorder records what a calibrator weighs without dropping it", async () => {
  const source = await Deno.readTextFile(shippedGraph("parallelcomp"));
  const graph = parse(source);
  graph.nodes.calibrated = {
    stage: weighs.name,
    in: { chunks: "evicted", model: "model" },
  };
  delete graph.params.rules;
  const plan = await planGraph(graph, {
    registry: builtins().add(weighs),
    params: {
      window: 512,
      prompt: "raw",
      maxTokens: 4,
      keepEntries: 128,
    },
  });
  const { record } = await recordPlan(plan, true, []);
  const { lists, stages } = record.sets;
  const calibrated = stages.find(({ node }) => node === "calibrated")!;
  const before = stages[calibrated.before!]!;
  assert.equal(before.node, "evicted");
  assert.deepEqual(calibrations(record), [{ before, after: calibrated }]);
  for (const [i, sets] of calibrated.chunks.entries()) {
    assert.deepEqual(sets.heads, before.chunks[i]!.heads);
    assert(sets.lowered!.some((list) => runLength(lists[list]!) > 0));
    assert(sets.raised!.every((list) => runLength(lists[list]!) === 0));
  }
});

Deno.test("RunRecorder keeps nothing going that stopped early, and says which chunks nobody read", async () => {
  const { record, answer, budget } = await recorded(
    "early",
    {
      window: 320,
      leastRead: 3,
      keepChunks: 2,
      gap: 0,
      nats: 0,
      patience: 0,
      workers: 1,
    },
    true,
  );
  assert.equal(budget.used, 0);
  assert.equal(answer.read, 3);
  assert.equal(record.answer!.read, 3);
  const count = (fate: string) =>
    record.chunks.filter((chunk) => chunk.fate === fate).length;
  assert(answer.chunks >= 5);
  assert.equal(record.chunks.length, answer.chunks);
  assert.equal(count("kept"), 2);
  assert(count("unread") >= answer.chunks - 4, `${count("unread")}`); // one may be under way
  assert.deepEqual(record.queues.map(({ steps }) => steps.length), [3]);
});
