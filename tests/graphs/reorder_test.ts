import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import { parse } from "yaml";
import {
  type Answer,
  builtins,
  GraphError,
  type MergedContext,
  planGraph,
  runGraph,
} from "parallelcomp";
import { randomText } from "../stages/fake_case.ts";

/** A graph file as data. */
interface Graph {
  version: 1;
  params: Record<string, unknown>;
  nodes: Record<string, Node>;
  outputs: Record<string, string>;
}
interface Node {
  stage: string;
  in?: string | Record<string, string>;
  with?: Record<string, unknown>;
}

const registry = builtins();
const text = await Deno.readTextFile(
  new URL("../../graphs/parallelcomp.yaml", import.meta.url),
);
const model =
  new URL("../fixtures/models/gqa_sharded", import.meta.url).pathname;

const keep = (entries: number) => ({ keep: { entries } });
const votes = (from: string, entries: number, more = {}): Node => ({
  stage: "evict.attention",
  in: { chunks: from, model: "model" },
  with: { ...keep(entries), ...more },
});
const knorm = (from: string, entries: number): Node => ({
  stage: "evict.knorm",
  in: { chunks: from },
  with: { ...keep(entries), share: "layer" },
});
const calibrate = (from: string): Node => ({
  stage: "calibrate",
  in: { chunks: from, model: "model" },
  with: { rules: [{ zone: "recent", lambda: 0.02, width: 4 }] },
});

/** parallelcomp.yaml with other nodes between the chunks and the answer; `undefined` takes a node away. */
function variant(nodes: Record<string, Node | undefined>): Graph {
  const graph: Graph = parse(text);
  for (const [name, node] of Object.entries(nodes)) {
    if (node) graph.nodes[name] = node;
    else delete graph.nodes[name];
  }
  const used = JSON.stringify(graph.nodes);
  const params = {
    ...graph.params,
    model,
    maxTokens: 6,
    window: 128,
    prompt: "raw",
  };
  graph.params = Object.fromEntries(
    Object.entries(params).filter(([name]) => used.includes(`\${${name}}`)),
  );
  return graph;
}

/** The answer, and the entries that the first layer's heads hold of every chunk. */
async function run(nodes: Record<string, Node | undefined>, context: string) {
  const plan = await planGraph(variant(nodes), { registry });
  const { outputs } = runGraph(plan, {
    checked: true,
    inputs: {
      document: of(randomText(900, 3)),
      question: of("Who was it?"),
    },
    outputs: ["answer", context],
  });
  const [answer, merged] = await Promise.all([
    lastValueFrom(outputs.answer!) as Promise<Answer>,
    lastValueFrom(outputs[context]!) as Promise<MergedContext>,
  ]);
  const { cache } = merged;
  const [{ entries, chunks, counts, positions }] = cache.layers as [
    typeof cache.layers[0],
  ];
  assert(positions.length === cache.kvHeads * entries);
  const held = Array.from(
    { length: cache.kvHeads },
    (_, head) => {
      const from = head * entries;
      const real = chunks!.subarray(from, from + (counts?.[head] ?? entries));
      return [...Map.groupBy(real, (chunk) => chunk)].map(([chunk, of]) =>
        [chunk, of.length] as const
      );
    },
  );
  merged.release();
  assert(answer.tokens >= 1);
  return { answer, held, chunks: held[0]!.map(([chunk]) => chunk) };
}

Deno.test("reorder: select, then evict (parallelcomp.yaml)", async () => {
  const { answer, held } = await run({ evicted: votes("best", 20) }, "merged");
  assert(answer.chunks > 3, "the document has more chunks than are kept");
  assert.equal(held[0]!.length, 3);
  for (const head of held) {
    assert.deepEqual(head.map(([, entries]) => entries), [20, 19, 19]); // one lead
  }
});

Deno.test("reorder: evict, then select keeps the same entries of the same chunks", async () => {
  const usual = await run({ evicted: votes("best", 20) }, "merged");
  const turned = await run({
    evicted: votes("asked", 20),
    scored: {
      stage: "score.self-information",
      in: { chunks: "evicted", prompt: "prompt" },
    },
    best: { stage: "select.top", in: "scored" },
    calibrated: { stage: "calibrate", in: { chunks: "best", model: "model" } },
  }, "merged");
  assert.deepEqual(turned.held, usual.held);
  assert.equal(turned.answer.answer, usual.answer.answer);
});

Deno.test("reorder: evict twice", async () => {
  const { held } = await run({
    first: knorm("best", 30),
    evicted: votes("first", 12),
  }, "merged");
  for (const head of held) {
    assert.deepEqual(head.map(([, entries]) => entries), [12, 11, 11]);
  }
});

Deno.test("reorder: calibrate, then evict", async () => {
  const entries = async (keep: number) => {
    const { held } = await run({
      calibrated: calibrate("best"),
      evicted: votes("calibrated", keep),
      merged: { stage: "merge", in: "evicted" },
    }, "merged");
    return held.map((head) => head.map(([, entries]) => entries));
  };
  const whole = await run({ evicted: votes("best", 1000) }, "merged");
  const total = (held: readonly (readonly number[])[]) =>
    held.flat().reduce((a, b) => a + b, 0);
  const before = whole.held.map((head) => head.map(([, n]) => n));
  assert(total(await entries(1000)) < total(before), "calibration drops");
  for (const head of await entries(20)) assert.deepEqual(head, [20, 19, 19]);
});

Deno.test("reorder: merge, then evict over all chunks at once", async () => {
  const { held } = await run({
    evicted: undefined,
    calibrated: undefined,
    weighed: undefined,
    merged: { stage: "merge", in: "best" },
    global: {
      stage: "evict.attention-merged",
      in: { context: "merged", prompt: "prompt", model: "model" },
      with: keep(10),
    },
    decoded: {
      stage: "decode",
      in: { context: "global", prompt: "prompt", model: "model" },
      with: { maxTokens: 6 },
    },
  }, "global");
  for (const head of held) {
    const total = head.reduce((sum, [, entries]) => sum + entries, 0);
    assert.equal(total, 30); // 10 a chunk, wherever they are
  }
});

Deno.test("reorder: no select at all", async () => {
  const { answer, chunks } = await run({
    scored: undefined,
    best: undefined,
    evicted: votes("asked", 10),
    weighed: undefined,
    merged: { stage: "merge", in: "calibrated" },
  }, "merged");
  assert.equal(chunks.length, answer.chunks);
});

Deno.test("reorder: evict before the question is asked", async () => {
  const { held } = await run({
    early: knorm("prefill", 24),
    asked: {
      stage: "requery",
      in: { chunks: "early", prompt: "prompt", model: "model" },
    },
    evicted: votes("best", 12),
  }, "merged");
  for (const head of held) {
    assert.deepEqual(head.map(([, entries]) => entries), [12, 11, 11]);
  }
});

/** Orders that cannot be, and what the loader says of each. */
const impossible: Record<
  string,
  { nodes: Record<string, Node | undefined>; says: RegExp }
> = {
  "score before the question is asked": {
    nodes: {
      scored: {
        stage: "score.self-information",
        in: { chunks: "prefill", prompt: "prompt" },
      },
    },
    says:
      /Facet 'question:log-probs' is missing on prefill\.chunks -> scored\.chunks; stages that give it: .*requery/,
  },
  "select before the chunks are scored": {
    nodes: { best: { stage: "select.top", in: "asked" } },
    says:
      /Facet 'score' is missing on asked\.chunks -> best\.chunks; stages that give it: .*score\.self-information/,
  },
  "select after the chunks are merged": {
    nodes: {
      evicted: votes("scored", 20),
      best: { stage: "select.top", in: "merged" },
    },
    says:
      /Type mismatch: merged\.context is pc\/merged-context, best\.chunks wants pc\/kv-chunk/,
  },
  "votes where no question was asked": {
    nodes: {
      evicted: votes("prefill", 20),
      asked: undefined,
      scored: undefined,
      best: undefined,
    },
    says: /Facet 'question' is missing on prefill\.chunks -> evicted\.chunks/,
  },
  "decode before the chunks are merged": {
    nodes: {
      merged: undefined,
      decoded: {
        stage: "decode",
        in: { context: "calibrated", prompt: "prompt", model: "model" },
      },
    },
    says:
      /Type mismatch: calibrated\.chunks is pc\/kv-chunk, decoded\.context wants pc\/merged-context/,
  },
  "a circle": {
    nodes: { best: { stage: "select.top", in: "evicted" } },
    says: /Cycle: .*best/,
  },
};

for (const [name, { nodes, says }] of Object.entries(impossible)) {
  Deno.test(`reorder: ${name} is refused with the reason`, async () => {
    await assert.rejects(
      planGraph(variant(nodes), { registry }),
      (error: unknown) => {
        assert(error instanceof GraphError);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}
