// deno-lint-ignore-file camelcase -- keys as config.json spells them
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { FormatError } from "../../../io/format_error.ts";
import { openModel } from "../../../io/open_model.ts";
import { type DType, GraphBuilder } from "../../../kernels/onnx/builder.ts";
import { type ExportedFixture, exportedModel } from "../../exported_model.ts";

/** The one line that opening gives, with the folder left out. */
async function lineOf({ path }: ExportedFixture): Promise<string> {
  try {
    await using _file = await openModel(path);
  } catch (error) {
    assert(error instanceof FormatError, String(error));
    assert(!error.message.includes("\n"));
    return error.message.replaceAll(path, "PATH");
  }
  throw new Error("It opened");
}

/** Inputs and outputs by name; no graph between them. */
type Values = Readonly<Record<string, readonly [DType, ...number[]]>>;

const sound: { inputs: Values; outputs: Values } = {
  inputs: {
    input_ids: ["int64", 1, 1],
    "past_key_values.0.key": ["float32", 1, 2, 3, 16],
    "past_key_values.0.value": ["float32", 1, 2, 3, 16],
  },
  outputs: {
    logits: ["float32", 1, 1, 259],
    "present.0.key": ["float32", 1, 2, 4, 16],
    "present.0.value": ["float32", 1, 2, 4, 16],
  },
};

function graphOf(inputs: Values, outputs: Values): Uint8Array {
  const g = new GraphBuilder();
  const made = Object.entries(inputs).map(([name, [type, ...dims]]) =>
    g.input(name, type, dims)
  );
  for (const [name, [type, ...dims]] of Object.entries(outputs)) {
    g.output(name, made[0]!, type, dims);
  }
  return g.build();
}

const without = (values: Values, ...names: string[]): Values =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => !names.includes(name)),
  );

const interfaces: Readonly<Record<string, [Values, Values, RegExp]>> = {
  "is no decoder": [
    { pixels: ["float32", 1, 3] },
    { labels: ["float32", 1, 3] },
    /is no decoder of text: it takes "pixels" and gives "labels"; input_ids and logits are needed$/,
  ],
  "has no cache": [
    { input_ids: ["int64", 1, 1] },
    { logits: ["float32", 1, 1, 259] },
    /takes no past_key_values; export it with them \(optimum-cli export onnx --task text-generation-with-past\)$/,
  ],
  "has two branches": [
    { ...sound.inputs, use_cache_branch: ["bool", 1] },
    sound.outputs,
    /merged decoder with two branches \(input use_cache_branch\); export it again/,
  ],
  "reads an encoder": [
    { ...sound.inputs, encoder_hidden_states: ["float32", 1] },
    sound.outputs,
    /only decoders of text alone are supported$/,
  ],
  "has keys of three sizes": [
    { ...sound.inputs, "past_key_values.0.key": ["float32", 2, 3, 16] },
    sound.outputs,
    /past_key_values\.0\.key has the shape \[2, 3, 16\]; \[batch, KV heads, entries, head dimension\]/,
  ],
  "has an 8-bit cache": [
    { ...sound.inputs, "past_key_values.0.key": ["int8", 1, 2, 3, 16] },
    sound.outputs,
    /element type 3; fp32, fp16 and bf16 are supported/,
  ],
  "has layers of different shapes": [
    { ...sound.inputs, "past_key_values.0.value": ["float32", 1, 4, 3, 16] },
    sound.outputs,
    /past_key_values\.0\.value has the shape \[1, 4, 3, 16\] where layer 0 has \[1, 2, 3, 16\]/,
  ],
  "has heads of different widths": [
    { ...sound.inputs, "past_key_values.0.value": ["float32", 1, 2, 3, 8] },
    sound.outputs,
    /past_key_values\.0\.value has the shape \[1, 2, 3, 8\] where layer 0 has \[1, 2, 3, 16\]/,
  ],
  "gives no values back": [
    sound.inputs,
    without(sound.outputs, "present.0.value"),
    /layer 0 has no present\.0\.value$/,
  ],
};

for (const [what, [inputs, outputs, line]] of Object.entries(interfaces)) {
  Deno.test(`openModel() of an export that ${what} says so in one line`, async () => {
    await using model = await exportedModel("optimum_llama");
    const bytes = graphOf(inputs, outputs);
    await Deno.writeFile(`${model.path}/model.onnx`, bytes);
    assert.match(await lineOf(model), line);
  });
}

Deno.test("openModel() of a damaged export says in one line where", async () => {
  await using model = await exportedModel("optimum_llama");
  const file = `${model.path}/model.onnx`;
  const whole = await Deno.readFile(file);
  const written = async (bytes: Uint8Array) => {
    await Deno.writeFile(file, bytes);
    return await lineOf(model);
  };
  for (const part of [0.3, 0.6, 0.999]) {
    assert.match(
      await written(whole.subarray(0, Math.floor(whole.length * part))),
      /^Cannot read "PATH\/model\.onnx": it is no ONNX model: a field of \d+ bytes does not fit; it is truncated, so fetch it again \(at byte \d+\)$/,
    );
  }
  const text = new TextEncoder().encode("no model at all\n");
  assert.match(await written(text), /^Cannot read .*: it is no ONNX model: /);
  assert.match(
    await written(new Uint8Array(0)),
    /it is no ONNX model: it holds no graph, or does not say which operators/,
  );
});

Deno.test("openModel() of an export without its weights says which file is missing or too short", async () => {
  await using model = await exportedModel("genai_llama");
  const data = `${model.path}/model.onnx.data`;
  const { size } = await Deno.stat(data);
  await Deno.truncate(data, size - 5000);
  assert.match(
    await lineOf(model),
    /^Cannot read "PATH\/model\.onnx": its weight "[^"]+" lies in "model\.onnx\.data", which ends at byte \d+, before the weight does; it is truncated, so fetch it again$/,
  );
  await Deno.remove(data);
  assert.match(
    await lineOf(model),
    /lies in "model\.onnx\.data", which is missing; fetch it too and keep it beside model\.onnx$/,
  );
});

Deno.test("openModel() of an export checks where weights lie, and that they fill their shapes", async () => {
  await using model = await exportedModel("optimum_llama");
  const broken = async (tensor: object) => {
    const g = graphOf(sound.inputs, sound.outputs);
    const more = create(ModelProtoSchema, { graph: { initializer: [tensor] } });
    const weights = toBinary(ModelProtoSchema, more);
    const bytes = new Uint8Array([...g, ...weights]);
    await Deno.writeFile(`${model.path}/model.onnx`, bytes);
    return await lineOf(model);
  };
  const weight = { name: "w", dataType: 1, dims: [2n, 3n] };
  const at = (value: string) => [{ key: "location", value }];
  assert.match(
    await broken({ ...weight, rawData: new Uint8Array(20) }),
    /its weight "w" holds 20 bytes, its shape \[2, 3\] needs 24; it is damaged/,
  );
  for (const place of ["../w.bin", "/etc/w.bin", ""]) {
    const externalData = at(place);
    assert.match(
      await broken({ ...weight, dataLocation: 1, externalData }),
      /its weight "w" lies in ".*", which is not beside the model; keep them in one folder$/,
    );
  }
});

Deno.test("openModel() of an export says which file beside it is missing", async () => {
  for (
    const [gone, line] of [
      ["tokenizer.json", /it has no tokenizer\.json beside it/],
      ["config.json", /it has no config\.json or genai_config\.json beside it/],
    ] as const
  ) {
    await using model = await exportedModel("optimum_llama");
    await Deno.remove(`${model.path}/${gone}`);
    assert.match(await lineOf(model), line);
  }
});

Deno.test("openModel() opens an export by its folder, by a folder onnx inside it, and by the .onnx file", async () => {
  for (const place of ["", "onnx/"]) {
    await using model = await exportedModel("optimum_qwen2", place);
    for (const path of [model.path, `${model.path}/${place}model.onnx`]) {
      await using file = await openModel(path);
      assert.equal(file.config.architecture, "qwen2");
      assert.equal(file.config.window, 128);
      assert.equal(file.config.layers, 2);
    }
  }
});

Deno.test("openModel() of a folder takes its only ONNX model, and asks which where there are several", async () => {
  await using model = await exportedModel("optimum_qwen2", "onnx/");
  const at = (name: string) => `${model.path}/onnx/${name}`;
  await Deno.rename(at("model.onnx"), at("model_q4.onnx"));
  await using file = await openModel(model.path);
  assert.equal(file.config.layers, 2);
  await Deno.copyFile(at("model_q4.onnx"), at("model_fp16.onnx"));
  assert.match(
    await lineOf(model),
    /^Cannot read "PATH": it holds 2 ONNX models \(onnx\/model_fp16\.onnx, onnx\/model_q4\.onnx\); name one of them$/,
  );
});

Deno.test("openModel() of onnxruntime-genai's export needs no config.json", async () => {
  await using model = await exportedModel("genai_llama");
  await Deno.remove(`${model.path}/config.json`);
  await using file = await openModel(model.path);
  const { heads, kvHeads, headDim, window, vocab, bosId } = file.config;
  assert.deepEqual(
    [heads, kvHeads, headDim, window, vocab, bosId],
    [4, 2, 16, 128, 259, 256],
  );
  assert(file.config.stopIds.includes(258));
});

Deno.test("openModel() of an export ends the window where RoPE's other factors or unknown sliding layers begin", async () => {
  await using model = await exportedModel("optimum_llama");
  const config = JSON.parse(
    await Deno.readTextFile(`${model.path}/config.json`),
  );
  const windowWith = async (change: Record<string, unknown>) => {
    const changed = JSON.stringify({ ...config, ...change });
    await Deno.writeTextFile(`${model.path}/config.json`, changed);
    await using file = await openModel(model.path);
    return file.config.window;
  };
  const longrope = {
    rope_type: "longrope",
    original_max_position_embeddings: 64,
  };
  assert.equal(await windowWith({}), 128);
  assert.equal(await windowWith({ rope_scaling: longrope }), 64);
  assert.equal(
    await windowWith({
      rope_scaling: { type: "su" },
      original_max_position_embeddings: 32,
    }),
    32,
  );
  const unknown = { model_type: "nobody-knows", sliding_window: 48 };
  assert.equal(await windowWith(unknown), 48);
  assert.equal(
    await windowWith({ ...unknown, use_sliding_window: false }),
    128,
  );
  const layer_types = ["full_attention", "full_attention", "sliding_attention"];
  assert.equal(await windowWith({ ...unknown, layer_types }), 48);
  assert.equal(
    await windowWith({ ...unknown, layer_types: layer_types.slice(0, 2) }),
    128,
  );
});

Deno.test("openModel() takes the ONNX model that genai_config.json names", async () => {
  await using model = await exportedModel("genai_llama");
  const config = `${model.path}/genai_config.json`;
  await Deno.writeTextFile(
    config,
    (await Deno.readTextFile(config)).replace("model.onnx", "decoder.onnx"),
  );
  await Deno.rename(`${model.path}/model.onnx`, `${model.path}/decoder.onnx`);
  await Deno.writeTextFile(`${model.path}/model.onnx`, "of something else");
  await using file = await openModel(model.path);
  assert.match(file.exported!.file.path, /decoder\.onnx$/);
});

Deno.test("openModel() reads no weights of an export", async () => {
  await using model = await exportedModel("genai_llama");
  const data = `${model.path}/model.onnx.data`;
  await Deno.chmod(data, 0o000);
  await using file = await openModel(model.path);
  assert.equal([...file.exported!.external.keys()][0], "model.onnx.data");
  assert(file.bytes > 400_000);
});
