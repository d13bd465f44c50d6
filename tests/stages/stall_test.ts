import assert from "node:assert/strict";
import { delay, type Observable, of } from "rxjs";
import { release } from "../../core/owned.ts";
import { Budget } from "../../core/budget.ts";
import { runGraph } from "../../core/run.ts";
import { chunkGraph, drops, type GraphNode } from "./chunk_graph.ts";
import { type FakeCase, fakeCase, randomText } from "./fake_case.ts";

/** Quiet is a turn of the event loop: here everything else takes microtasks. */
const turn = (then: () => void) => {
  const timer = setTimeout(then, 0);
  return () => clearTimeout(timer);
};

const asked: Readonly<Record<string, GraphNode>> = {
  prefill: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
  asked: {
    stage: "requery",
    in: { chunks: "prefill", prompt: "prompt", model: "model" },
  },
  scored: { stage: "score.random", in: { chunks: "asked" } },
};
const top = (n: number): GraphNode => ({
  stage: "select.top",
  in: { chunks: "scored" },
  with: { n },
});
const evict = (chunks: string, share = 0.5): GraphNode => ({
  stage: "evict.random",
  in: { chunks },
  with: { keep: { share } },
});
const merge = (chunks: string): GraphNode => ({
  stage: "merge",
  in: { chunks },
});

/** Graphs that hold more at once than a small budget has; 8 chunks' worth is enough for each. */
const graphs: Readonly<
  Record<string, { nodes: Record<string, GraphNode>; outs: string[] }>
> = {
  "merge without select.top": {
    nodes: { merged: merge("asked") },
    outs: ["merged"],
  },
  "eviction and merge": {
    nodes: { evicted: evict("asked"), merged: merge("evicted") },
    outs: ["merged"],
  },
  "eviction inside prefill, and merge": {
    nodes: {
      first: {
        stage: "prefill.question",
        in: { chunks: "chunks", prompt: "prompt", model: "model" },
        with: { batch: 2 },
      },
      evicted: {
        stage: "evict.attention",
        in: { chunks: "first", model: "model" },
        with: { keep: { share: 0.7 } },
      },
      merged: merge("evicted"),
    },
    outs: ["merged"],
  },
  "two select.top on one stream": {
    nodes: {
      a: top(1),
      b: { ...top(2), with: { n: 2, keep: "highest" } },
      m: merge("a"),
      n: merge("b"),
    },
    outs: ["m", "n"],
  },
  "two evictors on one stream": {
    nodes: {
      a: evict("asked", 0.4),
      b: evict("asked", 0.6),
      m: merge("a"),
      n: merge("b"),
    },
    outs: ["m", "n"],
  },
  "a merge and a reader that lets go": {
    nodes: { m: merge("asked"), d: { stage: drops, in: { in: "prefill" } } },
    outs: ["m", "d"],
  },
  "select.iterative, which leases room for joined chunks": {
    nodes: {
      best: {
        stage: "select.iterative",
        in: { chunks: "scored", prompt: "prompt", model: "model" },
        with: { n: 2 },
      },
      m: merge("best"),
    },
    outs: ["m"],
  },
  "select.iterative beside another reader": {
    nodes: {
      best: {
        stage: "select.iterative",
        in: { chunks: "scored", prompt: "prompt", model: "model" },
        with: { n: 2, candidates: 2 },
      },
      m: merge("best"),
      n: merge("asked"),
    },
    outs: ["m", "n"],
  },
  "select.feedback behind an evictor": {
    nodes: {
      small: evict("scored"),
      best: {
        stage: "select.feedback",
        in: { chunks: "small", prompt: "prompt", tokens: "tokens" },
        with: { n: 2 },
      },
      m: merge("best"),
    },
    outs: ["m"],
  },
  "select.gap and allocate.chunks, for which the evictor waits": {
    nodes: {
      best: {
        stage: "select.gap",
        in: { chunks: "scored" },
        with: { most: 2, gap: 9 },
      },
      shares: { stage: "allocate.chunks", in: { chunks: "best" } },
      small: {
        stage: "evict.random",
        in: { chunks: "best", allocator: "shares" },
      },
      m: merge("small"),
    },
    outs: ["m"],
  },
  "select.early, behind which nothing more is read": {
    nodes: {
      best: {
        stage: "select.early",
        in: { chunks: "scored" },
        with: { n: 1, least: 2, gap: 0, patience: 0 },
      },
      m: merge("best"),
    },
    outs: ["m"],
  },
  "decode.doubt, which holds chunks beside those it joins": {
    nodes: {
      said: {
        stage: "decode.doubt",
        in: { chunks: "scored", prompt: "prompt", model: "model" },
        with: { first: 1, more: 1, above: 0, maxTokens: 2 },
      },
    },
    outs: ["said.answer"],
  },
  "batches of two": {
    nodes: {
      prefill: { ...asked.prefill!, with: { batch: 2 } },
      best: top(1),
      m: merge("best"),
    },
    outs: ["m"],
  },
};

/** How every output ended; values are released. */
function ends(
  outputs: Readonly<Record<string, Observable<unknown>>>,
): Promise<string[]> {
  return Promise.all(
    Object.values(outputs).map((output) =>
      new Promise<string>((resolve) =>
        output.subscribe({
          next: release,
          error: ({ cause }) => resolve(`${cause?.name}: ${cause?.message}`),
          complete: () => resolve("completed"),
        })
      )
    ),
  );
}

/** Fails the test instead of hanging. */
async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) =>
    timer = setTimeout(() => reject(new Error(`${what} waits for ever`)), 20000)
  );
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function run(
  test: FakeCase,
  { nodes, outs }: { nodes: Record<string, GraphNode>; outs: string[] },
  budget: Budget,
) {
  const plan = await chunkGraph(
    test,
    { ...asked, ...nodes },
    Object.fromEntries(outs.map((name) => [name.split(".")[0], name])),
  );
  return ends(runGraph(plan, { budget }).outputs);
}

const largest = ({ chunks, model }: FakeCase) =>
  Math.max(...chunks.map((c) => c.lead.length + c.tokens.length)) *
  model.bytesPerEntry;

const uneven = (test: FakeCase): FakeCase => ({
  ...test,
  chunks: test.chunks.map((chunk, i) =>
    i % 2 ? chunk : { ...chunk, tokens: chunk.tokens.subarray(0, 30) }
  ),
});

for (const [name, graph] of Object.entries(graphs)) {
  Deno.test(`${name}: finishes or says that the budget is too small, never waits for ever`, async () => {
    const seen = new Set<string>();
    const done = new Set(["completed"]);
    for (const workers of [1, 3]) {
      for (const even of [true, false]) {
        for (const room of [1, 1.5, 2, 3, 4, 8]) {
          const made = await fakeCase({
            text: randomText(330),
            model: { workers, evicts: true },
          });
          const test = even ? made : uneven(made);
          const budget = new Budget(Math.ceil(room * largest(test)), turn);
          const what = `${name}, room for ${room}, ${workers} workers`;
          const said = await inTime(run(test, graph, budget), what);
          for (const end of said) {
            assert.match(end, /^completed|^BudgetError: /, what);
          }
          await new Promise((resolve) => setTimeout(resolve, 0));
          assert.deepEqual([budget.used, test.model.live], [0, 0], what);
          for (const end of said) seen.add(end.split(":")[0]!);
          if (room === 8) assert.deepEqual(new Set(said), done, what);
        }
      }
    }
    assert.deepEqual(seen, new Set(["BudgetError", "completed"]));
  });
}

Deno.test("a budget that is too small names who holds how much, and what would help", async () => {
  const test = await fakeCase();
  const each = largest(test);
  const budget = new Budget(2.5 * each, turn);
  const [said] = await run(test, graphs["merge without select.top"]!, budget);
  assert.match(
    said!,
    /^BudgetError: Waiting for [\d.]+ KiB would never end: of the budget of [\d.]+ KiB, [\d.]+ KiB at merged are kept until more arrives; keep fewer chunks, make them smaller \(a smaller window\), or allow more memory$/,
  );
});

Deno.test("two runs on one budget: one fails, then the other completes", async () => {
  const tests = [await fakeCase(), await fakeCase()];
  const budget = new Budget(5 * largest(tests[0]!), turn);
  const graph = graphs["merge without select.top"]!;
  const said = await inTime(
    Promise.all(tests.map((test) => run(test, graph, budget))),
    "a run",
  );
  const names = said.map(([end]) => end!.split(":")[0]);
  assert.deepEqual(names.toSorted(), ["BudgetError", "completed"]);
  assert.equal(budget.used, 0);
});

Deno.test("chunks that wait for a question that comes late are no stall", async () => {
  const test = await fakeCase();
  const nodes = { ...asked, best: top(1), m: merge("best") };
  const plan = await chunkGraph(test, nodes, { m: "m" });
  const budget = new Budget(2 * largest(test), turn);
  const late = of(test.prompt).pipe(delay(50));
  const { outputs } = runGraph(plan, { budget, replace: { prompt: late } });
  assert.deepEqual(await inTime(ends(outputs), "the run"), ["completed"]);
});
