import assert from "node:assert/strict";
import type { ModelFile } from "../../io/model_file.ts";
import { openModel } from "../../io/open_model.ts";
import { fixture, TINY } from "./fixture.ts";

/** What the two files of the same random model say alike. */
const SHARED = {
  architecture: "llama",
  layers: 2,
  hidden: 32,
  ffn: 48,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  ropeDim: 8,
  vocab: 300,
  window: 512,
  ropeTheta: 50000,
  tiedHead: false,
  attentionBias: true,
  mlpBias: true,
  bosId: 1,
  addBos: true,
  stopIds: [2, 299],
};

Deno.test("openModel() reads a GGUF file's configuration", async () => {
  await using model = await openModel(fixture("model.gguf"));
  const { normEpsilon, ropeScaling, ...rest } = model.config;
  assert.deepEqual(rest, { ...SHARED, name: "random" });
  assert.equal(normEpsilon, Math.fround(1e-6));
  const factors = Float32Array.from([1, 10 / 3, 17 / 3, 8]);
  assert.equal(ropeScaling.type, "factors");
  assert.deepEqual(ropeScaling, { type: "factors", factors });
  assert.equal(model.chatTemplate, undefined);
});

Deno.test("openModel() reads a Hugging Face folder's configuration", async () => {
  await using model = await openModel(fixture("folder"));
  assert.deepEqual(model.config, {
    ...SHARED,
    name: "folder",
    normEpsilon: 1e-6,
    ropeScaling: {
      type: "llama3",
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalWindow: 64,
    },
  });
  // The template's own BOS is left out: callers add it.
  assert.equal(
    model.chatTemplate?.render([{ role: "user", content: "hi" }]),
    "[user] hi<|eot_id|>[assistant]",
  );
});

Deno.test("openModel() gives the same weights from GGUF and folder", async () => {
  await using gguf = await openModel(fixture("model.gguf"));
  await using folder = await openModel(fixture("folder"));
  assert.deepEqual(
    [...gguf.weights.names].sort(),
    [
      ...folder.weights.names,
    ].sort(),
  );
  for (const name of folder.weights.names) {
    assert.deepEqual(gguf.weights.shape(name), folder.weights.shape(name));
    // One of 127 steps of Q8_0, or one of half precision or bfloat16.
    const step = /gate|up|down/.test(name)
      ? 2 ** -8
      : gguf.weights.shape(name).length === 2
      ? 0.51 / 127 + 2 ** -11
      : 0;
    await assertNear(gguf, folder, name, step);
  }
});

Deno.test("the bundled GGUF holds the weights of its model card", async () => {
  await using model = await openModel(TINY);
  const { weights, config, bytes } = model;
  assert.equal(bytes, 17_006_400);
  assert.equal(weights.names.length, 74);
  const total = weights.names.reduce(
    (sum, name) => sum + weights.shape(name).reduce((a, b) => a * b),
    0,
  );
  assert.equal(Math.round(total / 1e5) / 10, 15.7);
  assert.equal(config.window, 2048);
  assert.deepEqual(config.stopIds, [2, 0]);
  const query = await weights.read("layers.0.query.weight");
  assert.equal(query.kind === "blocks" && query.bits, 8);
});

Deno.test("openModel() releases the file when disposed", async () => {
  const model = await openModel(fixture("model.gguf"));
  await model[Symbol.asyncDispose]();
  await assert.rejects(model.weights.read("norm.weight"));
});

Deno.test("WeightSource.shape() names a tensor that is not there", async () => {
  await using model = await openModel(fixture("model.gguf"));
  assert.throws(() => model.weights.shape("model.nothing"), {
    name: "RangeError",
    message: 'No tensor "model.nothing" in the model',
  });
});

/** Equal but for `step` of the largest weight of each row of 32. */
async function assertNear(
  a: ModelFile,
  b: ModelFile,
  name: string,
  step: number,
): Promise<void> {
  const [x, y] = [
    await a.weights.readDense(name),
    await b.weights.readDense(name),
  ];
  assert.equal(x.length, y.length);
  for (let block = 0; block < x.length; block += 32) {
    const part = y.subarray(block, block + 32);
    const most = part.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    part.forEach((value, i) =>
      assert.ok(
        Math.abs(x[block + i]! - value) <= step * most,
        `${name} at ${block + i}: ${x[block + i]} and ${value}`,
      )
    );
  }
}

Deno.test({
  name: "openModel() refuses a pipe at once, though nobody writes to it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/model.gguf`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await assert.rejects(openModel(pipe), {
      name: "FormatError",
      message: `Cannot read "${pipe}": it is a pipe or device; name a file`,
    });
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("openModel() takes model.safetensors before what an index lists", async () => {
  const folder = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(fixture("../models/qwen3"))) {
    await Deno.copyFile(
      fixture(`../models/qwen3/${name}`),
      `${folder}/${name}`,
    );
  }
  const index = { "weight_map": { "a.weight": "gone.safetensors" } };
  await Deno.writeTextFile(
    `${folder}/model.safetensors.index.json`,
    JSON.stringify(index),
  );
  {
    await using file = await openModel(folder);
    assert.equal(file.config.architecture, "qwen3");
  }
  await Deno.remove(folder, { recursive: true });
});
