import assert from "node:assert/strict";
import type { ModelConfig } from "../../io/model_config.ts";
import { openModel } from "../../io/open_model.ts";

const fixtures = new URL("../fixtures", import.meta.url).pathname;
const folder = (name: string) => openModel(`${fixtures}/models/${name}`);
const gguf = (name: string) => openModel(`${fixtures}/gguf/${name}.gguf`);

/** What llama.cpp's files of a model cannot say, and what they say instead. */
const UNSAID: Record<string, Partial<ModelConfig>> = {
  mistral: { architecture: "llama" },
  qwen2: {},
  qwen3: {},
  gemma2: {},
  gemma3: {},
  phi3: {},
  phi3_longrope: {},
  smollm3: {},
  olmo2: {},
};

for (const [name, unsaid] of Object.entries(UNSAID)) {
  Deno.test(`${name}: the folder and llama.cpp's file of it are one configuration`, async () => {
    await using a = await folder(name);
    await using b = await gguf(name);
    const expected = { ...a.config, name: "random", ...unsaid };
    assert.deepEqual(single(b.config), single(expected));
  });

  Deno.test(`${name}: the folder and llama.cpp's file of it hold the same weights`, async () => {
    await using a = await folder(name);
    await using b = await gguf(name);
    assert.deepEqual([...b.weights.names].sort(), [...a.weights.names].sort());
    for (const weight of a.weights.names) {
      assert.deepEqual(b.weights.shape(weight), a.weights.shape(weight));
      assert.deepEqual(
        await b.weights.readDense(weight),
        await a.weights.readDense(weight),
        weight,
      );
      const read = await b.weights.read(weight);
      assert.ok(read.kind === "dense" && read.data.length > 0);
    }
  });
}

Deno.test("phi3: merged projections are cut by rows, in blocks too", async () => {
  await using whole = await gguf("phi3");
  await using blocks = await gguf("phi3_q4_0");
  let cut = 0;
  for (const role of ["query", "key", "value", "gate", "up", "down"]) {
    const name = `layers.1.${role}.weight`;
    const read = await blocks.weights.read(name);
    assert.ok(read.kind === "blocks" && read.bits === 4);
    const [rows, columns] = whole.weights.shape(name) as [number, number];
    assert.deepEqual(blocks.weights.shape(name), [rows, columns]);
    assert.equal(read.scales.length, rows * columns / 32);
    assert.equal(blocks.weights.bytes(name), rows * columns / 32 * 18);
    const exact = await whole.weights.readDense(name);
    const near = await blocks.weights.readDense(name);
    for (let at = 0; at < exact.length; at += 32) {
      const part = exact.subarray(at, at + 32);
      const most = part.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      // One of 16 steps, of which the outermost is whole on one side.
      part.forEach((v, i) => assert.ok(Math.abs(near[at + i]! - v) < most / 7));
      cut++;
    }
  }
  assert.equal(cut, (64 + 32 + 32 + 64 + 64 + 64) * 2);
});

Deno.test("gemma2: the folder's norms are less one, and a norm alone", async () => {
  await using model = await folder("gemma2");
  const mean = (values: Float32Array) =>
    values.reduce((a, b) => a + b) / values.length;
  const norm = await model.weights.readDense("layers.0.mlp_norm.weight");
  assert.ok(Math.abs(mean(norm) - 1) < 0.1);
  const read = await model.weights.read("layers.0.mlp_norm.weight");
  assert.deepEqual(read, { kind: "dense", data: norm });
  const query = await model.weights.readDense("layers.0.query.weight");
  assert.ok(Math.abs(mean(query)) < 0.1);
});

/** The same without what is undefined, and with every number in single precision, as GGUF files hold them. */
function single(value: unknown): unknown {
  if (typeof value === "number") return Math.fround(value);
  if (value instanceof Float32Array || value === null) return value;
  if (Array.isArray(value)) return value.map(single);
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, single(inner)]),
  );
}
