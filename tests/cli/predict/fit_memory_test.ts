import assert from "node:assert/strict";
import { whatFits } from "../../../cli/predict/fit_memory.ts";
import type { PreparedRun } from "../../../cli/predict/prepare_run.ts";
import { builtins, loadGraph, shippedGraph } from "../../../mod.ts";

/** What is said to fit so many bytes, of a run that needs one a token of a chunk and model window of 2,000. */
async function said(
  params: Readonly<Record<string, unknown>>,
  chunkEntries: number,
  limit: number,
): Promise<string> {
  const plan = await loadGraph(shippedGraph("reread"), {
    registry: builtins(),
    params,
  });
  const prepared = {
    numbers: { workers: 1, batch: 1, keptChunks: 1, chunkEntries },
    held: { model: { config: { window: 2000 } } },
    predict: ({ chunkEntries }: { chunkEntries: number }) => [
      { name: "chunks", bytes: chunkEntries, kv: true },
    ],
  } as unknown as PreparedRun;
  return whatFits(plan, prepared, limit);
}

Deno.test("whatFits() proposes a window smaller than the one that is set", async () => {
  assert.equal(await said({}, 1800, 900), "--set window=1000 would fit");
  const set = { window: 1200 };
  assert.equal(await said(set, 1000, 800), "--set window=900 would fit");
  const half = { window: "half" };
  assert.equal(await said(half, 900, 700), "--set window=750 would fit");
});
