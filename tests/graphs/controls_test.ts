import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import {
  type Answer,
  builtins,
  hostCache,
  loadGraph,
  loadModel,
  type MergedContext,
  runGraph,
  shippedGraph,
} from "parallelcomp";
import { modelPath } from "../goldens/golden_case.ts";
import { randomText } from "../stages/fake_case.ts";

const document = randomText(700, 3);

/** Kept chunks, and the positions of what the first layer's first head keeps. */
async function run(graph: string, params: Record<string, unknown>) {
  const plan = await loadGraph(shippedGraph(graph), {
    registry: builtins(),
    params: {
      prompt: "raw",
      maxTokens: 4,
      ...params,
    },
  });
  await using model = await loadModel(modelPath("gqa_sharded"));
  const { outputs } = runGraph(plan, {
    replace: { "model.model": of(model) },
    inputs: { document: of(document), question: of("Who was it?") },
    outputs: ["answer", "merged"],
  });
  const [answer, context] = await Promise.all([
    lastValueFrom(outputs.answer!) as Promise<Answer>,
    lastValueFrom(outputs.merged!) as Promise<MergedContext>,
  ]);
  const [layer] = (await hostCache(context.cache)).layers;
  const positions = [...layer!.positions.subarray(0, layer!.entries)];
  context.release();
  const { chunks, kept } = answer;
  return { chunks, kept: kept.map(({ chunk }) => chunk), positions };
}

Deno.test("random_eviction.yaml keeps other entries of the same chunks with another seed, and as many", async () => {
  const params = { keepEntries: 20, keepChunks: 2 };
  const [one, same, other] = await Promise.all(
    [1, 1, 2].map((seed) => run("random_eviction", { ...params, seed })),
  );
  assert.deepEqual(one, same);
  assert.deepEqual(other!.kept, one!.kept);
  assert.notDeepEqual(other!.positions, one!.positions);
  assert.equal(one!.positions.length, 20 + 19); // one lead
});

Deno.test("random_chunk.yaml keeps other chunks with another seed", async () => {
  const params = { keepEntries: 20, keepChunks: 2 };
  const kept = new Set<string>();
  for (const seed of [1, 2, 3, 4]) {
    const found = await run("random_chunk", { ...params, seed });
    assert(found.chunks > 5, `${found.chunks} chunks`);
    assert.equal(found.kept.length, 2);
    kept.add(found.kept.join());
  }
  assert(kept.size > 1, "every seed keeps the same");
});

Deno.test("oracle_chunk.yaml keeps the chunk that holds the evidence", async () => {
  for (const at of [0.1, 0.5, 0.97]) {
    const from = Math.floor(document.length * at);
    const evidence = document.slice(from, from + 8);
    const found = await run("oracle_chunk", { evidence, keepChunks: 1 });
    const expected = Math.floor(found.chunks * (from + 4) / document.length);
    assert.deepEqual(found.kept, [expected]);
  }
});

Deno.test("oracle_chunk.yaml must be told the evidence", async () => {
  await assert.rejects(run("oracle_chunk", {}), /set its text/);
});

Deno.test("pcw.yaml keeps every window whole, star_attention.yaml every block without its anchor", async () => {
  for (const graph of ["pcw", "ape", "star_attention"]) {
    const { chunks, kept, positions } = await run(graph, {});
    assert.deepEqual(kept, [...kept.keys()], graph);
    assert.equal(kept.length, chunks, graph);
    assert.equal(positions.length, 1 + document.length, graph); // a token a byte
  }
});
