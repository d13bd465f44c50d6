import assert from "node:assert/strict";
import { openModel } from "../../../io/open_model.ts";

const plain = new URL("../../fixtures/models/gemma3", import.meta.url).pathname;

/** The header of a safetensors file and what follows it. */
function parts(file: Uint8Array): [Record<string, unknown>, Uint8Array] {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  return [JSON.parse(header), file.subarray(8 + length)];
}

/** Writes Gemma 3's folder as that of a model that also sees: other names, a nested configuration, a stray head. */
async function wrap(folder: string, names: (name: string) => string) {
  const file = await Deno.readFile(`${plain}/model.safetensors`);
  const [header, data] = parts(file);
  const renamed = Object.fromEntries(
    Object.entries(header).map(([name, entry]) => [names(name), entry]),
  );
  renamed["lm_head.weight"] = {
    dtype: "F32",
    shape: [1],
    ["data_offsets"]: [data.length, data.length + 4],
  };
  const text = new TextEncoder().encode(JSON.stringify(renamed));
  const wrapped = new Uint8Array(8 + text.length + data.length + 4);
  new DataView(wrapped.buffer).setBigUint64(0, BigInt(text.length), true);
  wrapped.set(text, 8);
  wrapped.set(data, 8 + text.length);
  await Deno.writeFile(`${folder}/model.safetensors`, wrapped);
  const config = JSON.parse(await Deno.readTextFile(`${plain}/config.json`));
  const nested = {
    ["model_type"]: "gemma3",
    ["text_config"]: config,
    ["vision_config"]: { ["hidden_size"]: 8 },
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(nested));
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await Deno.copyFile(`${plain}/${name}`, `${folder}/${name}`);
  }
}

for (const prefix of ["language_model.model.", "model.language_model."]) {
  Deno.test(`openModel() reads the text model of one that wraps it as ${prefix}*`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await wrap(folder, (name) => name.replace(/^model\./, prefix));
      await using wrapped = await openModel(folder);
      await using model = await openModel(plain);
      const { name: _, ...config } = model.config;
      const { name: __, ...found } = wrapped.config;
      assert.deepEqual(found, config);
      const { names } = model.weights;
      // A tied head is the embedding, whatever else the file holds.
      assert.deepEqual([...wrapped.weights.names].sort(), [...names].sort());
      for (const name of names) {
        const expected = await model.weights.readDense(name);
        assert.deepEqual(await wrapped.weights.readDense(name), expected);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
