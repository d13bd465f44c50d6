import assert from "node:assert/strict";
import { concat, from, map, type Observable, of, throwError } from "rxjs";
import { z } from "zod";
import { Budget } from "../../core/budget.ts";
import { release } from "../../core/owned.ts";
import { single, stream } from "../../core/port.ts";
import { runGraph } from "../../core/run.ts";
import { type AnyStage, mapStage } from "../../core/stage.ts";
import { builtins } from "../../stages/builtins.ts";
import { evictAttention } from "../../stages/evict/mod.ts";
import { prefillQuestion } from "../../stages/prefill.ts";
import { HeldCache } from "../../stages/cache/held_cache.ts";
import { KvChunk, MergedContext } from "../../stages/types.ts";
import { chunkGraph, drops, type GraphNode } from "./chunk_graph.ts";
import { fakeCase, randomText } from "./fake_case.ts";

const rules = [{ zone: "all", lambda: 0.03, rows: 4 }];
const classRules = ["u", "mountain"].map((name) => ({
  ...rules[0],
  class: name,
}));
/** Prefill and the evictor behind it as one stage. */
const fused: GraphNode = {
  stage: prefillQuestion.fuse!({ batch: 2 }, {
    node: "evicted",
    stage: evictAttention,
    options: evictAttention.options.parse({}),
    inputs: ["model"],
    reads: () => true,
  }) as AnyStage,
  in: { chunks: "chunks", prompt: "prompt", model: "model" },
};
/** One behind the other: every shipped stage that takes or gives chunks or a merged context. */
const shelf: Readonly<Record<string, GraphNode>> = {
  prefill: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
  pair: {
    stage: "prefill.question",
    in: { chunks: "chunks", prompt: "prompt", model: "model" },
    with: { batch: 2 },
  },
  inside: fused,
  "in-turn": fused,
  asked: {
    stage: "requery",
    in: { chunks: "prefill", prompt: "prompt", model: "model" },
  },
  random: { stage: "score.random", in: { chunks: "asked" } },
  scored: {
    stage: "score.self-information",
    in: { chunks: "asked", prompt: "prompt" },
  },
  heeded: {
    stage: "score.attention-mass",
    in: { chunks: "asked", prompt: "prompt", model: "model" },
  },
  gained: {
    stage: "score.self-information",
    in: { chunks: "asked", prompt: "prompt", model: "model" },
    with: { normalise: "prior" },
  },
  worded: {
    stage: "score.bm25",
    in: {
      chunks: "asked",
      tokens: "tokens",
      corpus: "chunks",
      prompt: "prompt",
    },
  },
  best: { stage: "select.top", in: { chunks: "scored" }, with: { n: 2 } },
  gap: { stage: "select.gap", in: { chunks: "scored" }, with: { gap: 1 } },
  early: {
    stage: "select.early",
    in: { chunks: "scored" },
    with: { n: 1, least: 2, gap: 0, patience: 0 },
  },
  parted: {
    stage: "evict.attention",
    in: { chunks: "best", model: "model", allocator: "shares" },
  },
  again: {
    stage: "select.iterative",
    in: { chunks: "scored", prompt: "prompt", model: "model" },
    with: { n: 2 },
  },
  linked: {
    stage: "select.feedback",
    in: { chunks: "scored", tokens: "tokens", prompt: "prompt" },
    with: { n: 2 },
  },
  likely: {
    stage: "select.feedback",
    in: {
      chunks: "scored",
      tokens: "tokens",
      prompt: "prompt",
      model: "model",
    },
    with: { n: 2, by: "likelihood" },
  },
  blind: { stage: "evict.random", in: { chunks: "scored" } },
  sinks: { stage: "evict.streaming-llm", in: { chunks: "scored" } },
  recent: {
    stage: "evict.snapkv",
    in: { chunks: "scored", model: "model" },
    with: { merge: { what: "values" }, spans: { sentences: true } },
  },
  guessed: {
    stage: "evict.lookahead",
    in: { chunks: "scored", model: "model", prompt: "prompt" },
    with: { tokens: 2 },
  },
  evicted: {
    stage: "evict.attention",
    in: { chunks: "scored", model: "model" },
  },
  calibrated: {
    stage: "calibrate",
    in: { chunks: "evicted", model: "model" },
    with: { rules },
  },
  classed: {
    stage: "calibrate.class",
    in: { chunks: "evicted", model: "model" },
    with: { rules: classRules },
  },
  weighed: {
    stage: "calibrate.scale",
    in: { chunks: "evicted", model: "model" },
    with: { rules },
  },
  ranked: { stage: "calibrate.score", in: { chunks: "scored" } },
  merged: { stage: "merge", in: { chunks: "evicted" } },
  whole: {
    stage: "evict.attention-merged",
    in: { context: "merged", prompt: "prompt", model: "model" },
  },
  shortest: {
    stage: "evict.knorm-merged",
    in: { context: "merged", prompt: "prompt" },
  },
  even: {
    stage: "calibrate.merged",
    in: { context: "whole", prompt: "prompt", model: "model" },
    with: { rules },
  },
  shaped: {
    stage: "calibrate.class-merged",
    in: { context: "whole", prompt: "prompt", model: "model" },
    with: { rules: classRules },
  },
  lowered: {
    stage: "calibrate.scale-merged",
    in: { context: "whole", prompt: "prompt", model: "model" },
    with: { rules },
  },
  cooled: {
    stage: "calibrate.temperature-scale",
    in: { context: "whole", prompt: "prompt" },
    with: { temperature: 0.8 },
  },
  small: { stage: "quantise.int8", in: { context: "whole" } },
  reread: {
    stage: "reread",
    in: { context: "whole", prompt: "prompt", model: "model" },
    with: { answerTokens: 8 },
  },
  decoded: {
    stage: "decode",
    in: { context: "whole", prompt: "prompt", model: "model" },
    with: { maxTokens: 2 },
  },
  bounded: {
    stage: "decode",
    in: { context: "small", prompt: "prompt", model: "model" },
    with: { maxTokens: 3, tail: { most: 1 } },
  },
  doubted: {
    stage: "decode.doubt",
    in: { chunks: "scored", prompt: "prompt", model: "model" },
    with: { maxTokens: 2, first: 1, more: 1, above: 0 },
  },
};
const shares: GraphNode = {
  stage: "allocate.chunks",
  in: { chunks: "best" },
};
const contexts = [
  "merged",
  "whole",
  "shortest",
  "even",
  "shaped",
  "lowered",
  "cooled",
  "small",
  "reread",
];
const decoders = ["decoded", "bounded", "doubted"];
const turns = [1, 4, 12, 30, 60];
const troubles: Readonly<Record<string, readonly number[]>> = {
  nothing: [0],
  "the next stage throws": [0],
  "its own work throws": [0],
  "the stream before it fails": turns,
  "the run is aborted": turns,
  "the reader leaves": turns,
};

/** The stage, whose work fails at what arrives: keys and values cannot be read. */
function spoilt(stage: AnyStage, port: string, from: number): AnyStage {
  const spoil = (value: object, index: number) =>
    index < from ? value : Object.defineProperty(value, "cache", {
      get: () => {
        throw new Error("trouble");
      },
    });
  return {
    ...stage,
    run: (inputs, options, ctx) =>
      stage.run(
        {
          ...inputs,
          [port]: (inputs[port] as Observable<object>).pipe(map(spoil)),
        },
        options,
        ctx,
      ),
  };
}

const throws = (name: string) => {
  const one = contexts.includes(name);
  return mapStage({
    name: "throws",
    summary: "Fails",
    input: one ? single(MergedContext) : stream<unknown>(KvChunk),
    output: stream(KvChunk),
    options: z.object({}),
    map: (): KvChunk => {
      throw new Error("trouble");
    },
  });
};

async function check(name: string, trouble: string, after: number) {
  const evicts = name === "inside"; // otherwise one stage after the other
  const test = await fakeCase({ text: randomText(330), model: { evicts } });
  const node = shelf[name]!;
  const port = Object.keys(node.in)[0]!;
  const before = node.in[port]!;
  const nodes: Record<string, GraphNode> = { ...shelf, shares };
  const outputs: Record<string, string> = { out: `${name}` };
  if (decoders.includes(name)) outputs.out = `${name}.answer`;
  if (trouble === "the next stage throws" && !decoders.includes(name)) {
    nodes.next = { stage: throws(name), in: { in: name } };
    outputs.out = "next";
  }
  if (trouble === "its own work throws" && before !== "chunks") {
    const stage = builtins().get(node.stage as string)!;
    const once = ["best", "gap", "early", "linked", "likely"].includes(name); // they read one cache
    const first = once || stage.inputs[port]!.single ? 0 : 1;
    nodes[name] = { ...node, stage: spoilt(stage, port, first) };
  } else if (trouble === "its own work throws") {
    test.model.prefill = () => Promise.reject(new Error("trouble"));
  }
  if (!contexts.includes(before) && before !== "chunks") {
    nodes.other = { stage: drops, in: { in: before } };
    outputs.other = "other";
  }
  const wait = async () => {
    for (let i = 0; i < after; i++) await Promise.resolve();
  };
  const chunks = trouble === "the stream before it fails"
    ? concat(
      of(...test.chunks.slice(0, 2)),
      from(wait().then(() => Promise.reject(new Error("trouble")))),
      throwError(() => new Error("never")),
    )
    : from(test.chunks);
  const budget = new Budget(1e9);
  const controller = new AbortController();
  const run = runGraph(await chunkGraph(test, nodes, outputs, chunks), {
    budget,
    signal: controller.signal,
  });
  const ends: Promise<string>[] = [];
  const subscriptions = Object.values(run.outputs).map((output) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    ends.push(promise);
    const subscription = output.subscribe({
      next: release,
      error: (error) => resolve(`${error}`),
      complete: () => resolve("completed"),
    });
    subscription.add(() => resolve("left"));
    return subscription;
  });
  if (trouble === "the run is aborted") {
    await wait();
    controller.abort(new Error("trouble"));
  } else if (trouble === "the reader leaves") {
    await wait();
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
  const said = await Promise.all(ends);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  const what = `${name}, ${trouble} after ${after} turns`;
  assert.deepEqual([budget.used, test.model.live], [0, 0], what);
  return { said: said.join(), what };
}

const nameOf = ({ stage }: GraphNode) =>
  typeof stage === "string" ? stage : stage.name;

for (const name of Object.keys(shelf)) {
  Deno.test(`${nameOf(shelf[name]!)} leaks nothing and releases nothing twice, whatever goes wrong (as '${name}')`, async () => {
    const release = HeldCache.prototype.release;
    let twice = 0;
    HeldCache.prototype.release = function () {
      if (this.readers === 0) twice++;
      release.call(this);
    };
    try {
      for (const [trouble, times] of Object.entries(troubles)) {
        for (const after of times) {
          const { said, what } = await check(name, trouble, after);
          assert.equal(twice, 0, what);
          if (trouble === "nothing") assert.match(said, /^completed/, what);
          if (trouble.endsWith("throws") && !decoders.includes(name)) {
            assert.match(said, /trouble/, what);
          }
        }
      }
    } finally {
      HeldCache.prototype.release = release;
    }
  });
}
