import assert from "node:assert/strict";
import { givesBias } from "../../../cli/predict/gives_bias.ts";
import {
  builtins,
  defineCalibrator,
  loadGraph,
  shippedGraph,
} from "../../../mod.ts";

async function biasing(
  graph: string,
  params: Readonly<Record<string, number>> = {},
): Promise<string[]> {
  const registry = builtins();
  const plan = await loadGraph(shippedGraph(graph), { registry, params });
  return plan.nodes.filter(givesBias).map(({ name }) => name);
}

Deno.test("givesBias() finds the stages that weigh chunks, unless they are off", async () => {
  assert.deepEqual(await biasing("reread", { chunkBias: 2 }), [
    "weighed",
    "reread",
    "again",
  ]);
  assert.deepEqual(await biasing("reread", { chunkBias: 0 }), []);
  assert.deepEqual(await biasing("parallelcomp", { chunkBias: 2 }), [
    "weighed",
  ]);
  assert.deepEqual(await biasing("parallelcomp", { chunkBias: 0 }), []);
  assert.deepEqual(await biasing("paper"), []);
});

Deno.test("givesBias() says so of calibrators that it does not know", () => {
  const stage = defineCalibrator({
    name: "my.fade",
    rows: () => [1],
    correct: ({ indices }) => ({ bias: new Float32Array(indices.length) }),
  });
  assert(givesBias({ stage, options: {} }));
});
