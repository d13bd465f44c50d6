import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
} from "onnx-buf";
import { FormatError } from "../../../io/format_error.ts";
import type { LanguageModel } from "../../../kernels/language_model.ts";
import { loadModel } from "../../../kernels/load_model.ts";
import { exportedModel } from "../../exported_model.ts";
import { maxDiff } from "../random_model.ts";

const ids = Int32Array.from({ length: 40 }, (_, i) => (i * 29 + 7) % 250);
const tail = Int32Array.of(10, 90, 91, 258);

/** All that a question leaves behind a chunk, and the logits of its last row over a thinned cache. */
async function answers(model: LanguageModel) {
  const [chunk] = await model.prefill([{ ids }]);
  const { cache } = chunk!;
  const [asked] = await model.requery([{ cache, position: 40 }], tail);
  const [onePass] = await model.prefill([{ ids, tail }]);
  await using decoder = await model.decode(cache, 40);
  return [
    ...cache.layers.flatMap(({ keys, values }) => [keys, values]),
    asked!.logProbs.slice(1),
    onePass!.question!.logProbs.slice(1),
    ...asked!.queries,
    await decoder.step(tail),
  ];
}

/** An export that was changed computes what it did before. */
async function assertAlike(
  name: string,
  change: (model: ModelProto) => void,
): Promise<void> {
  await using exported = await exportedModel(name);
  const { path } = exported;
  await using before = await loadModel(path);
  const expected = await answers(before);
  const file = `${path}/model.onnx`;
  const model = fromBinary(ModelProtoSchema, await Deno.readFile(file));
  change(model);
  await Deno.writeFile(file, toBinary(ModelProtoSchema, model));
  await using after = await loadModel(path);
  for (const [i, found] of (await answers(after)).entries()) {
    assert(maxDiff(found, expected[i]!) < 1e-4, `tensor ${i}`);
  }
}

const renamed = (model: ModelProto, from: string, to: string) => {
  for (const node of model.graph!.node) {
    node.input = node.input.map((name) => name === from ? to : name);
    node.output = node.output.map((name) => name === from ? to : name);
  }
};

Deno.test("loadModel() of an export takes token ids and positions of 32 bits", async () => {
  await assertAlike("optimum_llama", (model) => {
    for (const name of ["input_ids", "position_ids"]) {
      renamed(model, name, `${name}/long`);
      const input = model.graph!.input.find((i) => i.name === name)!;
      const type = input.type!.value;
      if (type.case === "tensorType") type.value.elemType = 6;
      model.graph!.node.unshift(create(NodeProtoSchema, {
        opType: "Cast",
        input: [name],
        output: [`${name}/long`],
        attribute: [
          create(AttributeProtoSchema, { name: "to", type: Kind.INT, i: 7n }),
        ],
      }));
    }
  });
});

Deno.test("loadModel() of an export keeps apart names that session graphs have too", async () => {
  await assertAlike("optimum_llama", (model) => {
    const [first, second] = model.graph!.node.filter(({ opType, output }) =>
      opType === "Add" && output[0]!.includes("self_attn")
    );
    renamed(model, first!.output[0]!, "keys.0");
    renamed(model, second!.output[0]!, "positions");
  });
});

/** Lets the LM head read the last rows only, as many as an input says. */
function keepLogits(model: ModelProto, name: string): void {
  const graph = model.graph!;
  const like = graph.input.find((i) => i.name === "input_ids")!;
  const input = structuredClone(like);
  input.name = name;
  const type = input.type!.value;
  if (type.case === "tensorType") type.value.shape!.dim = [];
  graph.input.push(input);
  const head = graph.node.find(({ output }) => output[0] === "logits")!;
  const rows = head.input[0]!;
  head.input[0] = "kept/rows";
  const ints = (output: string, value: bigint) =>
    create(NodeProtoSchema, {
      opType: "Constant",
      output: [output],
      attribute: [create(AttributeProtoSchema, {
        name: "value_ints",
        type: Kind.INTS,
        ints: [value],
      })],
    });
  const node = (opType: string, input: string[], output: string) =>
    create(NodeProtoSchema, { opType, input, output: [output] });
  graph.node.splice(
    graph.node.indexOf(head),
    0,
    ints("kept/0", 0n),
    ints("kept/1", 1n),
    ints("kept/most", 2n ** 31n),
    node("Neg", [name], "kept/scalar"),
    node("Unsqueeze", ["kept/scalar", "kept/0"], "kept/from"),
    node(
      "Slice",
      [rows, "kept/from", "kept/most", "kept/1"],
      "kept/rows",
    ),
  );
}

for (const name of ["num_logits_to_keep", "logits_to_keep"]) {
  Deno.test(`loadModel() of an export asks for the logits of all rows in ${name}`, async () => {
    await assertAlike("optimum_llama", (model) => keepLogits(model, name));
  });
}

Deno.test("loadModel() of an export of an older operator set writes its kernels in that set's forms", async () => {
  await assertAlike("genai_llama", (model) => {
    for (const set of model.opsetImport) {
      if (set.domain === "") set.version = 14n;
    }
  });
});

Deno.test("loadModel() of an export refuses attention operators whose softmax is another", async () => {
  const changes = {
    "MultiHeadAttention":
      /in layer 0: "past_key_values\.0\.key" is read by MultiHeadAttention; Concat and GroupQueryAttention are understood/,
    "sinks": /in layer 0: GroupQueryAttention has attention sinks \("sinks"\)/,
    "bias": /in layer 0: GroupQueryAttention has an attention bias \("bias"\)/,
  };
  for (const [change, message] of Object.entries(changes)) {
    await using exported = await exportedModel("genai_llama");
    const file = `${exported.path}/model.onnx`;
    const model = fromBinary(ModelProtoSchema, await Deno.readFile(file));
    for (const node of model.graph!.node) {
      if (node.opType !== "GroupQueryAttention") continue;
      if (change === "bias") node.input[10] = "bias";
      else if (change === "sinks") node.input[11] = "sinks";
      else node.opType = change;
    }
    await Deno.writeFile(file, toBinary(ModelProtoSchema, model));
    await assert.rejects(loadModel(exported.path), message);
  }
});

Deno.test("loadModel() of an export that ONNX Runtime refuses says so of the file, in one line", async () => {
  await using exported = await exportedModel("optimum_llama");
  const file = `${exported.path}/model.onnx`;
  const broken = fromBinary(ModelProtoSchema, await Deno.readFile(file));
  for (const node of broken.graph!.node) {
    if (node.name.endsWith("layers.1/mlp/up_proj/MatMul")) {
      node.opType = "NoSuchOperator";
    }
  }
  await Deno.writeFile(file, toBinary(ModelProtoSchema, broken));
  await using model = await loadModel(exported.path);
  await assert.rejects(model.prefill([{ ids }]), (error) => {
    assert(error instanceof FormatError);
    assert.match(
      error.message,
      /^Cannot read ".*model\.onnx": ONNX Runtime refuses its graph: .*NoSuchOperator/,
    );
    assert(!error.message.includes("\n"));
    return true;
  });
});

Deno.test("loadModel() of an export refuses operator sets and caps that cannot be written again", async () => {
  const refusal = async (name: string, change: (model: ModelProto) => void) => {
    await using exported = await exportedModel(name);
    const file = `${exported.path}/model.onnx`;
    const model = fromBinary(ModelProtoSchema, await Deno.readFile(file));
    change(model);
    await Deno.writeFile(file, toBinary(ModelProtoSchema, model));
    return await loadModel(exported.path).then(
      () => "",
      ({ message }) => message,
    );
  };
  assert.match(
    await refusal("optimum_llama", ({ opsetImport }) => {
      for (const set of opsetImport) {
        if (set.domain === "") set.version = 12n;
      }
    }),
    /it uses operator set 12; export it with 13 or a later one/,
  );
  assert.match(
    await refusal("genai_llama", ({ graph }) => {
      const first = graph!.node.find(({ opType }) =>
        opType === "GroupQueryAttention"
      )!;
      first.attribute = first.attribute.filter(({ name }) =>
        name !== "softcap"
      );
      first.attribute.push(create(AttributeProtoSchema, {
        name: "softcap",
        type: Kind.FLOAT,
        f: 30,
      }));
    }),
    /its layers cap scores differently \(30, none\)/,
  );
});
