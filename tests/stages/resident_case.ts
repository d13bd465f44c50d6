import assert from "node:assert/strict";
import { firstValueFrom } from "rxjs";
import { Budget } from "../../core/budget.ts";
import { runGraph } from "../../core/run.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { withHostCache } from "../../kernels/cache/resident_cache.ts";
import { headEntries } from "../../stages/mod.ts";
import type { MergedContext } from "../../stages/types.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import { unevenCase } from "./fused_case.ts";

/** `prefill.question`. */
export const asked = (batch: number): GraphNode => ({
  stage: "prefill.question",
  in: { chunks: "chunks", prompt: "prompt", model: "model" },
  with: { batch },
});
/** `evict.attention` behind it. */
export const evicted = (with_: GraphNode["with"] = {}): GraphNode => ({
  stage: "evict.attention",
  in: { chunks: "first", model: "model" },
  with: { pool: 3, ...with_ },
});
/** `merge`. */
export const merged = (chunks: string): GraphNode => ({
  stage: "merge",
  in: { chunks },
});
const ofContext = (stage: string): GraphNode => ({
  stage,
  in: { context: "merged", prompt: "prompt", model: "model" },
});
const rules = [{ zone: "all", lambda: 0.03, rows: 4 }];

/** Nodes up to a merged context; the last is read. */
interface Way {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** Whether it ends where it was computed. */
  readonly stays: boolean;
  /** The same where prefill brings its caches to the host; default: the same. */
  readonly staysOfHost?: boolean;
}

/** What may happen to caches up to a merged context. */
export const ways: Readonly<Record<string, Way>> = {
  "evicted inside prefill": {
    stays: true,
    nodes: { first: asked(1), evicted: evicted(), merged: merged("evicted") },
  },
  "evicted inside prefill, in batches": {
    stays: true,
    nodes: {
      first: asked(3),
      evicted: evicted({ keep: { entries: 12 } }),
      best: {
        stage: "select.top",
        in: { chunks: "scored" },
        with: { n: 3 },
      },
      scored: {
        stage: "score.self-information",
        in: { chunks: "evicted", prompt: "prompt" },
      },
      merged: merged("best"),
    },
  },
  "nothing evicted": {
    stays: true,
    nodes: {
      first: {
        stage: "prefill",
        in: { chunks: "chunks", model: "model" },
        with: { batch: 2 },
      },
      asked: {
        stage: "requery",
        in: { chunks: "first", prompt: "prompt", model: "model" },
      },
      merged: merged("asked"),
    },
  },
  "evicted on the host and calibrated, heads ragged": {
    stays: true,
    nodes: {
      first: {
        stage: "prefill",
        in: { chunks: "chunks", model: "model" },
      },
      asked: {
        stage: "requery",
        in: { chunks: "first", prompt: "prompt", model: "model" },
      },
      kept: { ...evicted(), in: { chunks: "asked", model: "model" } },
      calibrated: {
        stage: "calibrate",
        in: { chunks: "kept", model: "model" },
        with: { rules },
      },
      merged: merged("calibrated"),
    },
  },
  "calibrated after merge": {
    stays: false,
    nodes: {
      first: asked(2),
      evicted: evicted(),
      merged: merged("evicted"),
      out: { ...ofContext("calibrate.merged"), with: { rules } },
    },
  },
  "read again as one text": {
    stays: true,
    staysOfHost: false,
    nodes: {
      first: asked(2),
      evicted: evicted({ keep: { entries: 12 }, share: "model" }),
      merged: merged("evicted"),
      out: { ...ofContext("reread"), with: { answerTokens: 8 } },
    },
  },
  "evicted after merge": {
    stays: false,
    nodes: {
      first: asked(2),
      merged: merged("first"),
      out: { ...ofContext("evict.attention-merged"), with: { pool: 3 } },
    },
  },
};

/** The merged cache, and the logits of the question and two tokens behind it; all leases go back. */
export async function runWay(
  nodes: Readonly<Record<string, GraphNode>>,
  model: LanguageModel,
) {
  const test = unevenCase(model);
  const last = Object.keys(nodes).includes("out") ? "out" : "merged";
  const plan = await chunkGraph(test, nodes, { last });
  const budget = new Budget(1e9);
  const { outputs } = runGraph(plan, { budget });
  const context = await firstValueFrom(outputs.last!) as MergedContext;
  const { cache, position } = context;
  const layers = await layersOf(cache);
  const logits: Float32Array[] = [];
  {
    await using state = await model.decode(cache, position);
    for (const ids of [test.prompt.tail, Int32Array.of(3), Int32Array.of(9)]) {
      logits.push(await state.step(ids));
    }
  }
  context.release();
  assert.equal(budget.used, 0);
  const { bytes, resident } = cache;
  return { layers, logits, bytes, stayed: resident !== undefined };
}

/** Copies of a cache's layers, with the keys and values of real entries and zeros behind them. */
export async function layersOf(cache: KvCache): Promise<KvLayer[]> {
  const copies = (host: KvCache) =>
    host.layers.map((layer) => {
      const { entries } = layer;
      const [keys, values] = [layer.keys.slice(), layer.values.slice()];
      for (let head = 0; head < host.kvHeads; head++) {
        const end = head * entries + headEntries(layer, head);
        for (const data of [keys, values]) {
          const next = (head + 1) * entries * host.headDim;
          data.fill(0, end * host.headDim, next);
        }
      }
      return { ...layer, positions: layer.positions.slice(), keys, values };
    });
  return await withHostCache(cache, (host) => Promise.resolve(copies(host)));
}
