import assert from "node:assert/strict";
import {
  rotateRows,
  rotationMatrix,
} from "../../../kernels/layers/rotation.ts";
import { familyModel } from "../../../kernels/family/family_model.ts";
import { graphTarget } from "../../../kernels/family/graph_target.ts";
import { OnnxModel } from "../../../kernels/model/onnx_model.ts";
import { prefillGraph } from "../../../kernels/family/prefill_graph.ts";
import { rotatedWeights } from "../../../kernels/layers/rotated_weights.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";
import {
  maxDiff,
  noise,
  randomIds,
  randomModel,
  randomWeights,
  smallConfig as config,
} from "../random_model.ts";

for (const size of [1, 3, 8, 48, 96]) {
  Deno.test(`rotateRows() of ${size} channels is the product with rotationMatrix(), which is orthogonal`, () => {
    const matrix = rotationMatrix(size);
    const product = (x: Float32Array, row: number) =>
      Float32Array.from({ length: size }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < size; i++) {
          sum += x[row * size + i]! * matrix[i * size + j]!;
        }
        return sum;
      });
    const rows = noise(2 * size, 3);
    const rotated = rows.slice();
    rotateRows(rotated, size);
    for (const row of [0, 1]) {
      const ours = rotated.subarray(row * size, (row + 1) * size);
      assert(maxDiff(ours, product(rows, row)) < 1e-5);
      const length = (x: Float32Array) => Math.hypot(...x);
      const before = rows.subarray(row * size, (row + 1) * size);
      assert(Math.abs(length(ours) - length(before)) < 1e-5);
    }
    if (size < 8) return;
    const single = new Float32Array(size);
    single[1] = 1;
    rotateRows(single, size);
    assert(Math.max(...single.map(Math.abs)) < 0.75, "one channel is spread");
  });
}

Deno.test("rotatedWeights() are the same model: keys, values and the question's log-probabilities", async () => {
  const weights = randomWeights(config, 1);
  const rotated = rotatedWeights(weights, config)!;
  const accuracy = "exact";
  // A session takes the memory of the weights that it was built from.
  const other = randomWeights(config, 1);
  const provider = "cpu";
  const parts = await familyModel(other, config, { accuracy, provider });
  await using turned = new OnnxModel({
    ...parts,
    graphs: {
      ...parts.graphs,
      prefill: (question) =>
        prefillGraph(rotated, config, {
          accuracy,
          target: graphTarget(provider, accuracy),
          rotation: rotationMatrix(config.hidden),
          question,
        }),
    },
    workers: 1,
    threads: 1,
    provider,
    tokenizer: {} as Tokenizer,
    close: () => Promise.resolve(),
  });
  await using plain = await randomModel();
  const item = { ids: randomIds(70, 5), tail: randomIds(6, 6) };
  const [[ours], [theirs]] = [
    await turned.prefill([item]),
    await plain.prefill([item]),
  ];
  for (const [l, layer] of ours!.cache.layers.entries()) {
    const other = theirs!.cache.layers[l]!;
    assert(maxDiff(layer.keys, other.keys) < 1e-4, `keys of layer ${l}`);
    assert(maxDiff(layer.values, other.values) < 1e-4, `values of layer ${l}`);
  }
  const scores = (of: typeof ours) => of!.question!.logProbs.subarray(1);
  assert(maxDiff(scores(ours), scores(theirs)) < 1e-4);
});

Deno.test("rotatedWeights() leaves models alone whose residual stream is not plain", () => {
  const weights = randomWeights(config, 1);
  const name = "layers.0.mlp_post_norm.weight";
  const sandwich = {
    ...weights,
    has: (tensor: string) => tensor === name || weights.has(tensor),
  };
  assert.equal(rotatedWeights(sandwich, config), undefined);
});

Deno.test("a model in 8-bit products opens several sessions and workers", async () => {
  await using model = await randomModel({ accuracy: "int8", workers: 2 });
  const item = { ids: randomIds(40, 5), tail: randomIds(6, 6) };
  const [[first], [second]] = await Promise.all([
    model.prefill([item]),
    model.prefill([item]),
  ]);
  const [plain] = await model.prefill([{ ids: item.ids }]);
  const keys = (of: typeof first) => of!.cache.layers[1]!.keys;
  assert.deepEqual(keys(first), keys(second));
  assert(maxDiff(keys(plain), keys(first)) < 1e-4);
});
