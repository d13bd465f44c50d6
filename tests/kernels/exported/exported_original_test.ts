import assert from "node:assert/strict";
import { loadModel } from "../../../kernels/load_model.ts";
import type { WireTensor } from "../../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { exportedModel } from "../../exported_model.ts";
import { maxDiff } from "../random_model.ts";

const ids = Int32Array.from({ length: 60 }, (_, i) => (i * 41 + 3) % 250);

/** Logits of the last row as the exported graph itself computes them, without anything of ours. */
async function original(path: string, layers: number): Promise<Float32Array> {
  using worker = new SessionWorker();
  const model = await Deno.readFile(`${path}/model.onnx`);
  const options = { threads: 1, folder: path };
  await worker.send({ kind: "open", session: "theirs", model, options }, [
    model,
  ]);
  const int64 = (values: readonly number[]): WireTensor => ({
    type: "int64",
    data: BigInt64Array.from(values, BigInt),
    dims: [1, values.length],
  });
  const none = (): WireTensor => ({
    type: "float32",
    data: new Float32Array(0),
    dims: [1, 2, 0, 16],
  });
  const past = Array.from(
    { length: layers },
    (_, l) =>
      ["key", "value"].map((kind) => [`past_key_values.${l}.${kind}`, none()]),
  );
  const outputs = await worker.send({
    kind: "run",
    session: "theirs",
    feeds: {
      input_ids: int64([...ids]),
      attention_mask: int64(Array(ids.length).fill(1)),
      ...Object.fromEntries(past.flat()),
    },
    fetch: ["logits"],
    copies: [],
    store: {},
  });
  const logits = outputs.logits!.data as Float32Array; // [1, rows, vocab]
  return logits.slice(-logits.length / ids.length);
}

Deno.test("loadModel() of an int4 export gives the logits of the export itself", async () => {
  await using exported = await exportedModel("genai_llama_int4");
  await using model = await loadModel(exported.path);
  const expected = await original(exported.path, model.config.layers);
  for (const cut of [1, 20, 59]) {
    const [chunk] = await model.prefill([{ ids: ids.slice(0, cut) }]);
    await using decoder = await model.decode(chunk!.cache, cut);
    const logits = await decoder.step(ids.slice(cut));
    const diff = maxDiff(logits, expected);
    assert(diff < 1e-3, `cut at ${cut}: max difference ${diff}`);
  }
});
