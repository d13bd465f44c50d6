import assert from "node:assert/strict";
import { RunRecorder } from "../../../cli/record/run_recorder.ts";
import type { RunRecord } from "../../../cli/record/run_record.ts";
import { DocumentText } from "../../../cli/show/document_text.ts";
import { markedText } from "../../../cli/show/marked_text.ts";
import { stageEntries } from "../../../cli/show/stage_entries.ts";
import {
  Arena,
  builtins,
  loadGraph,
  type MergedContext,
  newCache,
  shippedGraph,
} from "../../../mod.ts";
import { recorded, recordedEntries } from "./record_plan.ts";

const params = {
  window: 320,
  keepEntries: 64,
  rereadTokens: 64,
  answerEntries: 32,
  chunkBias: 0.5, // so small that no chunk takes all of it
};
const contexts = ["merged", "chosen", "reread", "refined", "again"];
const { record, answer, budget, entries } = await recorded(
  "reread",
  params,
  true,
  contexts.map((node) => `${node}.context`),
);

/** What a node left: its own set, or that of the last before it where it changed none. */
function stage(node: string): RunRecord["sets"]["stages"][number] {
  const { stages } = record.sets;
  const own = stages.find((stage) => stage.node === node);
  return own ?? stage(contexts[contexts.indexOf(node) - 1]!);
}

/** Entries of the document's own tokens: a place in a chunk that is behind its lead. */
function withoutLead(of: ReadonlySet<string>): Set<string> {
  const leads = new Map(record.chunks.map(({ index, lead }) => [index, lead]));
  return new Set([...of].filter((entry) => {
    const [, , chunk, place] = entry.split(" ").map(Number);
    return place! >= leads.get(chunk!)!;
  }));
}

Deno.test("RunRecorder records what was read again at its places in the chunks", () => {
  assert.equal(budget.used, 0);
  for (const node of contexts) {
    const found = recordedEntries(record, stage(node));
    assert(found.size > 0, node);
    assert.deepEqual(found, entries[`${node}.context`], node);
  }
  const chosen = withoutLead(recordedEntries(record, stage("chosen")));
  const reread = recordedEntries(record, stage("reread"));
  assert.deepEqual(withoutLead(reread), chosen);
  const refined = recordedEntries(record, stage("refined"));
  assert(refined.size < reread.size);
  assert(refined.isSubsetOf(reread));
  const again = recordedEntries(record, stage("again"));
  assert.deepEqual(withoutLead(again), withoutLead(refined));
});

Deno.test("RunRecorder says which stages a reread context went through, each behind the one before", () => {
  const { stages } = record.sets;
  const changing = contexts.filter((node, i) => {
    const before = entries[`${contexts[i - 1]}.context`];
    const own = entries[`${node}.context`]!;
    return !before || own.symmetricDifference(before).size > 0;
  });
  assert(changing.includes("refined"));
  assert.deepEqual(
    stages.map(({ node, before }) => [node, before]),
    ["prefill", "evicted", "weighed", ...changing]
      .map((node, i) => [node, i === 0 ? null : i - 1]),
  );
});

Deno.test("RunRecorder calls kept what the answer stands on, and evicted what was merged before and is gone", () => {
  const of = (fate: string) =>
    record.chunks.filter((chunk) => chunk.fate === fate)
      .map(({ index }) => index);
  assert.deepEqual(of("kept"), answer.kept.map(({ chunk }) => chunk));
  const merged = stage("merged").chunks.map(({ chunk }) => chunk);
  assert(of("evicted").length > 0);
  assert.deepEqual(
    of("evicted"),
    merged.filter((i) => !of("kept").includes(i)),
  );
  // Whether a chunk is evicted whole, nobody says.
  for (const { fate, at } of record.chunks) {
    assert.equal(at === null, fate === "evicted");
  }
  const stayed = record.queues[0]!.steps.flatMap(({ chunk }) => chunk ?? [])
    .filter((chunk) => !of("dropped").includes(chunk));
  assert.deepEqual(stayed.sort((a, b) => a - b), merged);
});

Deno.test("stageEntries() of a reread run counts what is left chunk by chunk", () => {
  const counts = new Map(
    stageEntries(record).map((stage) => [stage.node, stage]),
  );
  assert.equal(counts.get("chosen")!.entries, 64);
  assert.equal(counts.get("refined")!.entries, 32);
  assert(counts.get("merged")!.chunks.size > counts.get("chosen")!.chunks.size);
  const kept = answer.kept.map(({ chunk, entries }) => [chunk, entries]);
  for (const [chunk, entries] of kept) {
    const left = counts.get("refined")!.chunks.get(chunk!)!;
    assert(Math.abs(left - entries!) < 1e-9);
  }
});

Deno.test("markedText() of an evicted chunk marks what was left of it last", () => {
  const text = new DocumentText(record.document!.text);
  const evicted = record.chunks.find(({ fate }) => fate === "evicted")!;
  const parts = markedText(record, evicted, text);
  assert(parts.some(([, heads]) => heads > 0));
  const kept = record.chunks.find(({ fate, byteStart, byteEnd }) =>
    fate === "kept" && text.slice(byteStart, byteEnd).includes("48213")
  )!;
  const marked = markedText(record, kept, text)
    .filter(([, heads]) => heads > 0).map(([part]) => part).join("");
  assert.match(marked, /48213/);
});

Deno.test("RunRecorder of a document of one chunk has no stage that read again", async () => {
  const { record } = await recorded("reread", { answerEntries: 24 }, true);
  const nodes = record.sets.stages.map(({ node }) => node);
  assert.deepEqual(
    nodes.filter((node) => contexts.includes(node)),
    ["refined"], // merging one chunk changes nothing, and it is not read again
  );
  assert.deepEqual(record.chunks.map(({ fate }) => fate), ["kept"]);
});

Deno.test("RunRecorder without an answer takes for kept what the graph's last context holds, in whatever order they pass", async () => {
  const plan = await loadGraph(shippedGraph("reread"), {
    registry: builtins(),
  });
  const holding = (...chunks: readonly number[]) => {
    const shape = { kvHeads: 1, headDim: 2, merged: true };
    const counts = [Int32Array.of(chunks.length)];
    const cache = newCache(new Arena(), { ...shape, counts });
    cache.layers[0]!.chunks!.set(chunks);
    const kept = chunks.map((chunk) => ({ chunk }));
    return { cache, kept } as unknown as MergedContext;
  };
  const recorder = new RunRecorder(plan);
  for (const index of [0, 1, 2]) {
    const lead = new Int32Array(0);
    const tokens = Int32Array.of(5);
    recorder.value("chunks.chunks", {
      index,
      lead,
      tokens,
      byteStart: index,
      byteEnd: index + 1,
      line: 1,
    });
  }
  recorder.value("refined.context", holding(1));
  recorder.value("merged.context", holding(0, 1));
  const { chunks } = await recorder.finish({
    answer: undefined,
    seconds: {},
    peakBytes: 0,
    command: [],
  });
  assert.deepEqual(
    chunks.map(({ fate }) => fate),
    ["evicted", "kept", "unread"],
  );
});
