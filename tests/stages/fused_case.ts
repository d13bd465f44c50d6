import assert from "node:assert/strict";
import { lastValueFrom, toArray } from "rxjs";
import type { Plan } from "../../core/plan.ts";
import { runGraph } from "../../core/run.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { Chunk, KvChunk, Prompt } from "../../stages/types.ts";
import { maxDiff, randomIds, smallConfig } from "../kernels/random_model.ts";
import { allSlidingConfig, slidingConfig } from "../kernels/sliding_config.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import type { FakeCase } from "./fake_case.ts";

/** Grouped queries, as many KV heads as query heads, and sliding windows. */
export const shapes: Readonly<Record<string, ModelConfig>> = {
  GQA: smallConfig,
  MHA: { ...smallConfig, kvHeads: 4 },
  "sliding layers": slidingConfig,
  "nothing but sliding layers": allSlidingConfig,
};

/** Uneven chunks, one of them shorter than what is kept, and a question. */
export function unevenCase(model: LanguageModel): FakeCase {
  const lead = randomIds(3, 99);
  const lengths = [50, 31, 8, 44, 62];
  const chunks = lengths.map((length, index): Chunk => ({
    index,
    count: lengths.length,
    lead,
    tokens: randomIds(length, index + 1),
    byteStart: 0,
    byteEnd: 0,
    line: 1,
  }));
  const tail = randomIds(9, 50);
  const prompt: Prompt = { question: "", lead, tail, scored: [2, 7], stop: [] };
  return { model, chunks, prompt } as unknown as FakeCase;
}

/** What the chunks of a graph's output `out` are, and which nodes gave chunks. */
export async function chunksOf(plan: Plan) {
  const { outputs, events } = runGraph(plan);
  const nodes = new Set<string>();
  events.subscribe((event) => {
    if (event.type === "chunk") nodes.add(event.node);
  });
  const given: unknown[] = await lastValueFrom(outputs.out!.pipe(toArray()));
  const chunks = (given as KvChunk[]).sort((a, b) =>
    a.chunk.index - b.chunk.index
  );
  return { chunks, nodes: [...nodes] };
}

/** Runs nodes fused and unfused; both must keep the same entries and say the same. Gives the fused chunks. */
export async function checkFused(
  test: FakeCase,
  nodes: Readonly<Record<string, GraphNode>>,
  what: string,
): Promise<readonly KvChunk[]> {
  const last = Object.keys(nodes).at(-1)!;
  const plan = await chunkGraph(test, nodes, { out: last });
  const fused = await chunksOf(plan);
  const host = await chunksOf({ ...plan, fuse: "never" });
  const names = Object.keys(nodes);
  assert.deepEqual(
    fused.nodes,
    [`${names[0]}+${names[1]}`, ...names.slice(2)],
    what,
  );
  assert.equal(fused.chunks.length, host.chunks.length, what);
  for (const [i, chunk] of fused.chunks.entries()) {
    const other = host.chunks[i]!;
    const at = `${what}, chunk ${i}`;
    assert.equal(chunk.entriesBefore, other.entriesBefore, at);
    assert.equal(chunk.cache.bytes, other.cache.bytes, at);
    for (const [l, layer] of chunk.cache.layers.entries()) {
      const wanted = other.cache.layers[l]!;
      assert.equal(layer.entries, wanted.entries, at);
      assert.deepEqual(
        [...layer.positions],
        [...wanted.positions],
        `${at}, layer ${l}`,
      );
      for (const name of ["keys", "values"] as const) {
        const diff = maxDiff(layer[name], wanted[name]);
        assert(diff < 1e-5, `${at}, ${name} of layer ${l}: ${diff}`);
      }
    }
    const [said, wanted] = [chunk.question, other.question];
    assert.equal(said === undefined, wanted === undefined, at);
    if (!said || !wanted) continue;
    assert.deepEqual(said.logProbs, wanted.logProbs, at);
    for (const name of ["queries", "keys"] as const) {
      for (const [l, vectors] of said[name].entries()) {
        assert(
          maxDiff(vectors, wanted[name][l]!) < 1e-5,
          `${at}, ${name} of layer ${l}`,
        );
      }
    }
  }
  for (const chunk of host.chunks) chunk.release();
  return fused.chunks;
}
