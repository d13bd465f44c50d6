import assert from "node:assert/strict";
import {
  contextLeft,
  keptEntries,
  queuedEntries,
} from "../../../cli/predict/entries_left.ts";
import { runNumbers } from "../../../cli/predict/plan_numbers.ts";
import {
  builtins,
  type Chunk,
  loadGraph,
  type Plan,
  shippedGraph,
} from "../../../mod.ts";

type Params = Readonly<Record<string, unknown>>;

async function shipped(name: string, params: Params = {}): Promise<Plan> {
  const registry = builtins();
  return await loadGraph(shippedGraph(name), { registry, params });
}

/** The graph that reads again, with other options of one node. */
async function rereadWith(
  changed: string,
  options: Record<string, unknown>,
): Promise<Plan> {
  const plan = await shipped("reread");
  const nodes = plan.nodes.map((node) =>
    node.name === changed ? { ...node, options } : node
  );
  return { ...plan, nodes };
}

/** The graph with so many readings, each of what is refined of the one before. */
async function readings(times: number, params: Params = {}): Promise<Plan> {
  const plan = await shipped("reread", params);
  const once = plan.nodes.filter(({ name }) => name !== "again");
  const reread = once.find(({ name }) => name === "reread")!;
  const further = Array(times - 1).fill({ ...reread, name: "again" });
  const nodes = once.flatMap((node) =>
    node.name === "refined" ? [node, ...further] : [node]
  );
  return { ...plan, nodes };
}

const eight = { chunks: 8, entries: 4092, lead: 4, room: 1900 };
const chunks: Chunk[] = Array.from({ length: 20 }, (_, index) => ({
  index,
  count: 20,
  lead: new Int32Array(4),
  tokens: new Int32Array(1596),
  byteStart: 0,
  byteEnd: 0,
  line: 1,
}));

Deno.test("keptEntries() leaves out what is evicted behind the merge", async () => {
  const { nodes } = await shipped("reread", { answerEntries: 100 });
  assert.equal(keptEntries(nodes, 1600), 512);
  // Half of a chunk, which is the default of 'keep', counts for no merged context.
  assert.equal(keptEntries(nodes, 600), 512);
});

Deno.test("queuedEntries() are what the evictors before the first choice leave", async () => {
  assert.equal(queuedEntries(await shipped("reread"), 1600), 512);
  const few = await shipped("reread", { keepEntries: 64 });
  assert.equal(queuedEntries(few, 1600), 64);
  assert.equal(queuedEntries(few, 50), 50);
  assert.equal(queuedEntries(await shipped("evict_first"), 1600), 512);
  const all = await shipped("reread", { keepChunks: "all" });
  assert.equal(queuedEntries(all, 1600), 512);
  for (const name of ["parallelcomp", "paper", "doubt", "early", "h2o"]) {
    assert.equal(queuedEntries(await shipped(name), 1600), 1600, name);
  }
});

Deno.test("contextLeft() follows the merged cache through eviction and reading", async () => {
  const plan = await readings(1);
  assert.deepEqual(contextLeft(plan, eight), {
    rereadEntries: [1536],
    contextEntries: 512,
  });
  assert.deepEqual(contextLeft(plan, { ...eight, entries: 1000 }), {
    rereadEntries: [1000],
    contextEntries: 512,
  });
  assert.deepEqual(contextLeft(plan, { ...eight, room: 1000 }), {
    rereadEntries: [1004],
    contextEntries: 512,
  });
  assert.deepEqual(contextLeft(await shipped("parallelcomp"), eight), {});
});

Deno.test("contextLeft() says of several readings what each of them reads", async () => {
  const plan = await readings(2);
  assert.deepEqual(contextLeft(plan, eight), {
    rereadEntries: [1536, 512],
    contextEntries: 512,
  });
  const { rereadEntries } = contextLeft(plan, { ...eight, room: 400 });
  assert.deepEqual(rereadEntries, [404, 404]);
  const few = await readings(3, { answerEntries: 100 });
  assert.deepEqual(contextLeft(few, eight), {
    rereadEntries: [1536, 100, 100],
    contextEntries: 100,
  });
});

Deno.test("contextLeft() of one chunk is not read again", async () => {
  const one = { ...eight, chunks: 1, entries: 512 };
  assert.deepEqual(contextLeft(await shipped("reread"), one), {});
  const narrow = await shipped("reread", { answerEntries: 100 });
  assert.deepEqual(contextLeft(narrow, one), { contextEntries: 100 });
});

Deno.test("contextLeft() counts entries of 'keep' for every chunk, and a share of all", async () => {
  const entries = await rereadWith("chosen", { keep: { entries: 100 } });
  assert.deepEqual(contextLeft(entries, eight).rereadEntries, [800, 512]);
  const share = await rereadWith("chosen", { keep: { share: 0.25 } });
  assert.deepEqual(contextLeft(share, eight).rereadEntries, [1023, 512]);
});

Deno.test("runNumbers() of shipped graphs that end at the merge say nothing of what is behind it, nor of a smaller queue", async () => {
  const folder = new URL("../../../graphs/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.replace(".yaml", ""));
  const changed: string[] = [];
  for (const name of names) {
    const plan = await shipped(name);
    const numbers = runNumbers(plan, { chunks, documentTokens: 32_000 });
    const { queuedEntries, contextEntries, rereadEntries } = numbers;
    if (queuedEntries ?? contextEntries ?? rereadEntries) changed.push(name);
  }
  assert.deepEqual(changed, ["reread"]);
});

Deno.test("runNumbers() of the graph that reads again fit its text into the model's window", async () => {
  const plan = await shipped("reread");
  const counted = { chunks, documentTokens: 32_000 };
  const numbers = runNumbers(plan, { ...counted, window: 2048 });
  assert.equal(numbers.queuedEntries, 512);
  assert.equal(numbers.mergedEntries, 16 * 512);
  assert.deepEqual(numbers.rereadEntries, [1536, 512]);
  assert.equal(numbers.contextEntries, 512);
  const small = runNumbers(plan, { ...counted, window: 1024 });
  assert.deepEqual(small.rereadEntries, [1024 - 32 - 64, 512]);
});
