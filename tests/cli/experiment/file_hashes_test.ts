import assert from "node:assert/strict";
import { effectiveHash } from "../../../cli/experiment/effective_graph.ts";
import { fileHashes } from "../../../cli/experiment/file_hashes.ts";
import { sha256 } from "../../../cli/experiment/sha256.ts";
import { stableJson } from "../../../cli/experiment/stable_json.ts";
import { builtins, loadGraph, type Plan, shippedGraph } from "../../../mod.ts";
import { withFolder, writeFile } from "../documents.ts";

/** parallelcomp.yaml, with an evictor whose heads are in a file, and a model of a path. */
function graphWith(file: string): Promise<Plan> {
  return loadGraph(shippedGraph("parallelcomp"), {
    registry: builtins(),
    revise: ({ params, ...graph }) => {
      const { pool: _p, share: _s, rows: _r, ...others } = params!;
      const evicted = {
        stage: "evict.head-weighted",
        in: { chunks: "best", model: "model" },
        with: { keep: { entries: "${keepEntries}" }, file },
      };
      return {
        ...graph,
        params: { ...others, model: file },
        nodes: { ...graph.nodes, evicted },
      };
    },
  });
}

Deno.test("fileHashes() hashes what an option names, not the model; the row's key follows it", async () => {
  await withFolder(async (folder) => {
    const path = await writeFile(folder, "heads.json", "[]");
    const plan = await graphWith(path);
    const keyOf = async () => effectiveHash(plan, [], await fileHashes(plan));
    assert.deepEqual(await fileHashes(plan), [
      { option: "evicted.file", hash: sha256("[]") },
    ]);
    const before = await keyOf();
    assert.equal(await keyOf(), before);
    await writeFile(folder, "heads.json", '[{ "layer": 0, "head": 1 }]');
    assert.notEqual(await keyOf(), before);
  });
});

Deno.test("fileHashes() leaves the key of a graph that names no file as it was", async () => {
  const plan = await loadGraph(shippedGraph("parallelcomp"), {
    registry: builtins(),
  });
  assert.deepEqual(await fileHashes(plan), []);
  const { outputs, fuse } = plan;
  const nodes = plan.nodes.map(({ name, stage, options, inputs }) => ({
    name,
    stage: stage.name,
    options,
    inputs,
  })).sort((a, b) => a.name < b.name ? -1 : 1);
  assert.equal(
    effectiveHash(plan, [], await fileHashes(plan)),
    sha256(stableJson({ nodes, outputs, fuse, modules: [] })),
  );
});
