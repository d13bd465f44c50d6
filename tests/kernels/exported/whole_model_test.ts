import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, NodeProtoSchema } from "onnx-buf";
import { WholeModel } from "../../../kernels/exported/whole_model.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../../kernels/language_model.ts";
import { loadModel } from "../../../kernels/load_model.ts";
import { type ExportedFixture, exportedModel } from "../../exported_model.ts";
import { assertCaseAgrees } from "../../goldens/case_agrees.ts";
import { runCase } from "../../goldens/case_run.ts";
import { goldenCase } from "../../goldens/golden_case.ts";
import { maxDiff } from "../random_model.ts";

/** An export whose attention computes the same and is not understood: probabilities go through Relu. */
async function unreadable(name: string): Promise<ExportedFixture> {
  const exported = await exportedModel(name);
  const file = `${exported.path}/model.onnx`;
  const model = fromBinary(ModelProtoSchema, await Deno.readFile(file));
  model.graph!.node = model.graph!.node.flatMap((node) => {
    if (node.opType !== "Softmax") return [node];
    const [output] = node.output as [string];
    node.output = [`${output}/soft`];
    const input = [`${output}/soft`];
    const fields = { opType: "Relu", input, output: [output] };
    return [node, create(NodeProtoSchema, fields)];
  });
  await Deno.writeFile(file, toBinary(ModelProtoSchema, model));
  return exported;
}

const ids = Int32Array.from({ length: 40 }, (_, i) => (i * 29 + 7) % 250);
const tail = Int32Array.of(10, 90, 91, 258);

async function answers(model: LanguageModel) {
  const [short, chunk] = await model.prefill([{ ids: ids.slice(0, 9) }, {
    ids,
  }]);
  const { cache } = chunk!;
  const asked = await model.requery([
    { cache: short!.cache, position: 9 },
    { cache, position: 40 },
  ], tail);
  await using decoder = await model.decode(cache, 50);
  return [
    ...[short!, chunk!].flatMap(({ cache }) =>
      cache.layers.flatMap(({ keys, values }) => [keys, values])
    ),
    ...asked.map(({ logProbs }) => logProbs.slice(1)),
    await decoder.step(tail),
    await decoder.step(Int32Array.of(65)),
  ];
}

Deno.test("loadModel() of an export whose attention is not understood computes with that attention", async () => {
  const exports = { optimum_llama: 1e-3, optimum_qwen2_fp16: 0.1 };
  for (const [name, limit] of Object.entries(exports)) {
    await using plain = await exportedModel(name);
    await using other = await unreadable(name);
    await using model = await loadModel(plain.path);
    await using whole = await loadModel(other.path);
    assert(whole instanceof WholeModel);
    const expected = await answers(model);
    for (const [i, found] of (await answers(whole)).entries()) {
      const diff = maxDiff(found, expected[i]!);
      assert(diff < limit, `${name}, tensor ${i}: ${diff}`);
    }
  }
});

Deno.test("a WholeModel runs ParallelComp where nothing looks at attention, and equals the reference", async () => {
  await using exported = await unreadable("optimum_llama");
  await using model = await loadModel(exported.path);
  for (const caseName of ["none", "select_one"]) {
    const golden = await goldenCase(exported.source, caseName);
    using run = await runCase(model, golden.facts);
    await assertCaseAgrees(run, golden);
  }
});

Deno.test("a WholeModel says what it lacks and why", async () => {
  await using exported = await unreadable("optimum_llama");
  await using model = await loadModel(exported.path);
  const why =
    /^TypeError: .* needs this model's own attention, but its attention cannot be read, in layer 0: Relu stands between its scores and the product with the values; export it/;
  const golden = await goldenCase(exported.source, "votes_question_31");
  await assert.rejects(runCase(model, golden.facts), (error: Error) => {
    assert.match(String(error.cause), why);
    return true;
  });
  await assert.rejects(model.prefill([{ ids, tail }]), why);
  await assert.rejects(model.rowQueries(ids, 3), why);
  const [chunk] = await model.prefill([{ ids }]);
  const { cache } = chunk!;
  const layers = cache.layers.map((layer, l) =>
    l === 1 ? { ...layer, counts: Int32Array.of(40, 31) } : layer
  );
  const ragged: KvCache = { ...cache, layers };
  await assert.rejects(
    model.decode(ragged, 40),
    /^TypeError: The cache has 31 entries in layer 1, KV head 1, and 40 in the first, which the model's own attention cannot read/,
  );
});

Deno.test("a WholeModel's window ends where its sliding layers' does: its masks are not read", async () => {
  await using exported = await unreadable("optimum_llama");
  const file = `${exported.path}/config.json`;
  const config = JSON.parse(await Deno.readTextFile(file));
  const sliding = {
    ...config,
    ["model_type"]: "mistral",
    ["sliding_window"]: 50,
  };
  await Deno.writeTextFile(file, JSON.stringify(sliding));
  await using model = await loadModel(exported.path);
  assert(model instanceof WholeModel);
  assert.equal(model.config.window, 50);
});
