import assert from "node:assert/strict";
import { familyModel } from "../../../kernels/family/family_model.ts";
import { fuseResiduals } from "../../../kernels/onnx/fuse_residuals.ts";
import {
  noise,
  randomWeights,
  smallConfig,
} from "../../../kernels/model/random_model.ts";
import type { WireTensor } from "../../../kernels/engine/protocol.ts";
import { RopeCache } from "../../../kernels/rope/rope_cache.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { maxDiff } from "../random_model.ts";

const rows = 20;

/** Keys of the last layer and the count of norms, with or without the fusion. */
async function computed(fused: boolean) {
  const model = await familyModel(randomWeights(smallConfig, 1), smallConfig, {
    accuracy: "exact",
    provider: "cpu",
  });
  const builder = await model.graphs.prefill(false);
  if (fused) fuseResiduals(builder);
  const types: string[] = [];
  builder.rewrite((op) => void types.push(op.type));
  using worker = new SessionWorker();
  const session = "prefill";
  await worker.send({
    kind: "open",
    session,
    model: builder.build(),
    options: { threads: 1 },
  });
  const tensor = (data: Float32Array, ...dims: number[]): WireTensor => ({
    type: "float32",
    data,
    dims,
  });
  const { hidden } = smallConfig;
  const last = `keys.${smallConfig.layers - 1}`;
  const outputs = await worker.send({
    kind: "run",
    session,
    feeds: {
      embedded: tensor(noise(rows * hidden, 3), 1, rows, hidden),
      last_row: { type: "int32", data: Int32Array.of(rows - 1), dims: [1] },
      rows: { type: "int32", data: Int32Array.of(rows), dims: [] },
      ...new RopeCache(smallConfig).feeds(0, rows),
    },
    fetch: [last],
    copies: [],
    store: {},
  });
  return { keys: outputs[last]!.data as Float32Array, types };
}

Deno.test("fuseResiduals() norms every sum where it is made, and changes no result", async () => {
  const plain = await computed(false);
  const fused = await computed(true);
  const count = ({ types }: typeof fused, type: string) =>
    types.filter((t) => t === type).length;
  // Two norms a layer but the first, which has no sum before it; the last layer stops at its keys.
  assert.equal(count(fused, "SkipSimplifiedLayerNormalization"), 4);
  assert.equal(count(fused, "SimplifiedLayerNormalization"), 1);
  assert.equal(count(plain, "SimplifiedLayerNormalization"), 5);
  assert(maxDiff(fused.keys, plain.keys) < 1e-5);
});
