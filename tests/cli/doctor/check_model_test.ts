import assert from "node:assert/strict";
import { checkModel } from "../../../cli/doctor/check_model.ts";
import { exportedModel } from "../../exported_model.ts";

Deno.test("checkModel() says what an export's attention does, whatever its configuration says", async () => {
  await using model = await exportedModel("genai_llama");
  const file = `${model.path}/config.json`;
  const config = JSON.parse(await Deno.readTextFile(file));
  config.max_position_embeddings = 4096; // its tables of RoPE have 128 rows
  await Deno.writeTextFile(file, JSON.stringify(config));
  const found = await checkModel(model.path);
  const says = (name: string) => found.find((one) => one.name === name)?.says;
  assert.equal(
    says("attention"),
    "4 heads and 2 KV heads of 16, window 128",
  );
  assert.match(
    says("memory")!,
    /^KV 768 bytes an entry, 96 KiB a full window;/,
  );
});
