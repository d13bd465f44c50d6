import assert from "node:assert/strict";
import { firstValueFrom, NEVER, of, startWith } from "rxjs";
import { loadGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { builtins } from "../../stages/builtins.ts";
import { shippedGraph } from "../../stages/shipped_graph.ts";
import type { KvChunk, MergedContext, Prompt } from "../../stages/types.ts";
import { passKeyDocument, passKeyQuestion } from "../cli/documents.ts";
import { maxDiff, randomModel } from "../kernels/random_model.ts";
import { chunkGraph, type GraphNode } from "../stages/chunk_graph.ts";
import { chunksOf, shapes, unevenCase } from "../stages/fused_case.ts";
import { runWay, ways } from "../stages/resident_case.ts";
import { useSwiftShader } from "./swiftshader.ts";

const there = await useSwiftShader();
if (!there && Deno.env.get("REQUIRE_CHROMIUM")) {
  throw new Error("Chromium brought no SwiftShader; install Debian's chromium");
}
const ignore = !there;

/** One node behind prefill.question, by every kind of fused body. */
const rules: readonly [rule: string, options: GraphNode["with"]][] = [
  ["attention", {}],
  ["attention", { pool: 31, share: "layer" }],
  ["attention", { share: "model", reduce: "mean", keep: { entries: 10 } }],
  ["attention", { pool: 5, pooling: "average", reduce: "max" }],
  ["attention", { reduce: "defensive" }],
  ["knorm", { share: "model" }],
  ["keydiff", { share: "layer" }],
  ["value-norm", {}],
  ["streaming-llm", {}],
];

for (const shape of ["GQA", "sliding layers"]) {
  const config = shapes[shape]!;
  Deno.test({
    name: `rules keep on WebGPU what they keep on the processor (${shape})`,
    ignore,
    async fn() {
      await using cpu = await randomModel({ config });
      await using gpu = await randomModel({ config, provider: "webgpu" });
      assert.equal(gpu.provider, "webgpu");
      for (const [rule, options] of rules) {
        const wanted = await keptBy(rule, options, cpu);
        const found = await keptBy(rule, options, gpu);
        const what = `${rule} ${JSON.stringify(options)}`;
        assert(found.every(({ cache }) => cache.resident), what);
        assert.deepEqual(positionsOf(found), positionsOf(wanted), what);
        for (const chunk of [...wanted, ...found]) chunk.release();
      }
    },
  });
}

Deno.test({
  name: "a merged cache on WebGPU is the processor's, whatever way it came",
  ignore,
  async fn() {
    await using cpu = await randomModel();
    await using gpu = await randomModel({ provider: "webgpu" });
    for (const [way, { nodes }] of Object.entries(ways)) {
      const wanted = await runWay(nodes, cpu);
      const found = await runWay(nodes, gpu);
      const positions = (run: typeof found) =>
        run.layers.map((layer) => [...layer.positions]);
      assert.deepEqual(positions(found), positions(wanted), way);
      for (const [l, { keys, values }] of found.layers.entries()) {
        const other = wanted.layers[l]!;
        assert(maxDiff(keys, other.keys) < 1e-3, `${way}, layer ${l}`);
        assert(maxDiff(values, other.values) < 1e-3, `${way}, layer ${l}`);
      }
      for (const [i, logits] of found.logits.entries()) {
        const diff = maxDiff(logits, wanted.logits[i]!);
        assert(diff < 1e-2, `${way}, step ${i}: ${diff}`);
      }
    }
  },
});

Deno.test({
  name:
    "evict_first on WebGPU: the kept sets of the processor, its logits, and 16 of 16 greedy tokens",
  ignore,
  async fn() {
    const cpu = await answerOn("cpu");
    const gpu = await answerOn("webgpu");
    assert.deepEqual(gpu.positions, cpu.positions);
    assert.deepEqual(gpu.tokens, cpu.tokens);
    for (const [i, logits] of gpu.logits.entries()) {
      const diff = maxDiff(logits, cpu.logits[i]!);
      assert(diff < 1e-2, `Step ${i}: ${diff}`);
    }
  },
});

async function keptBy(
  rule: string,
  options: GraphNode["with"],
  model: LanguageModel,
): Promise<readonly KvChunk[]> {
  const first = {
    stage: "prefill.question",
    in: { chunks: "chunks", prompt: "prompt", model: "model" },
    with: { batch: 3 },
  };
  const evicted = {
    stage: `evict.${rule}`,
    in: {
      chunks: "first",
      ...(rule === "attention" && { model: "model" }),
    },
    ...(options && { with: options }),
  };
  const nodes = { first, evicted };
  const plan = await chunkGraph(unevenCase(model), nodes, { out: "evicted" });
  const { chunks, nodes: ran } = await chunksOf(plan);
  assert.deepEqual(ran, ["first+evicted"]);
  return chunks;
}

const positionsOf = (held: readonly { readonly cache: KvChunk["cache"] }[]) =>
  held.map(({ cache }) => cache.layers.map(({ positions }) => [...positions]));

/** A document of a few chunks, merged and asked: the bundled model with a small window. */
async function answerOn(provider: "cpu" | "webgpu") {
  await using model = await loadModel("tiny", { provider });
  assert.equal(model.provider, provider);
  const plan = await loadGraph(shippedGraph("evict_first"), {
    registry: builtins(),
    params: { window: 128, keepEntries: 32, prompt: "raw", maxTokens: 16 },
  });
  const { outputs } = runGraph(plan, {
    outputs: ["merged", "prompt"],
    inputs: {
      document: of({ name: "document", text: passKeyDocument(80) }),
      question: of({ name: "question", text: passKeyQuestion }),
    },
    replace: { model: NEVER.pipe(startWith(model)) },
  });
  const [context, prompt] = await Promise.all([
    firstValueFrom(outputs.merged!) as Promise<MergedContext>,
    firstValueFrom(outputs.prompt!) as Promise<Prompt>,
  ]);
  const { resident, layers } = context.cache;
  assert(resident && layers.every(({ keys }) => keys.length === 0));
  const logits: Float32Array[] = [];
  const tokens: number[] = [];
  await using state = await model.decode(context.cache, context.position);
  for (let ids = prompt.tail; tokens.length < 16;) {
    const step = await state.step(ids); // [vocab]
    logits.push(step);
    tokens.push(step.indexOf(Math.max(...step)));
    ids = Int32Array.of(tokens.at(-1)!);
  }
  const positions = positionsOf([context]);
  context.release();
  return { positions, logits, tokens };
}
