import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import {
  builtins,
  hostCache,
  loadGraph,
  type MergedContext,
  type Plan,
  runGraph,
  shippedGraph,
} from "parallelcomp";
import { maxDiff } from "../kernels/random_model.ts";

const licence = await Deno.readTextFile(
  new URL("../../LICENSE", import.meta.url),
);

/** The merged context of a run, and which nodes ran. */
async function merged(plan: Plan) {
  const { outputs, events } = runGraph(plan, {
    inputs: {
      document: of(licence.slice(0, 9000)),
      question: of("Who grants a patent licence?"),
    },
    outputs: ["merged"],
  });
  const nodes = new Set<string>();
  events.subscribe(({ node }) => nodes.add(node));
  const context = await lastValueFrom(outputs.merged!) as MergedContext;
  return { context, nodes };
}

Deno.test("evict_first.yaml evicts inside prefill, and keeps with the bundled model what it keeps behind it", async () => {
  for (const share of ["none", "layer", "model"]) {
    const plan = await loadGraph(shippedGraph("evict_first"), {
      registry: builtins(),
      params: { share, window: 768, keepChunks: 2, keepEntries: 96, batch: 2 },
    });
    const fused = await merged(plan);
    const host = await merged({ ...plan, fuse: "never" });
    assert(fused.nodes.has("asked+evicted") && !fused.nodes.has("evicted"));
    assert(host.nodes.has("evicted"));
    assert.deepEqual(fused.context.kept, host.context.kept);
    const [cache, other] = await Promise.all(
      [fused, host].map(({ context }) => hostCache(context.cache)),
    );
    for (const [l, layer] of cache!.layers.entries()) {
      const wanted = other!.layers[l]!;
      const what = `${share}, layer ${l}`;
      assert.deepEqual(layer.positions, wanted.positions, what);
      assert.deepEqual(layer.chunks, wanted.chunks, what);
      assert(maxDiff(layer.keys, wanted.keys) < 1e-5, what);
      assert(maxDiff(layer.values, wanted.values) < 1e-5, what);
    }
    for (const { context } of [fused, host]) context.release();
  }
});
