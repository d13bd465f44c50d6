import assert from "node:assert/strict";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { exportedModel } from "../../exported_model.ts";
import { withFolder } from "../documents.ts";
import { jsonLines, runCli } from "../run_cli.ts";

const fixtures = new URL("../../fixtures/", import.meta.url).pathname;

/** What doctor says of a model, by the name of the finding. */
async function doctor(model: string) {
  const { code, stdout } = await runCli(["doctor", model, "--json"]);
  const found = jsonLines(stdout) as {
    name: string;
    state: string;
    says: string;
  }[];
  const says = (name: string) =>
    found.filter((finding) => finding.name === name)
      .map(({ state, says }) => `${state}: ${says}`);
  return { code, says };
}

Deno.test("doctor MODEL says of an export what it is, where its positions come from, and what works", async () => {
  const positions = {
    optimum_llama: /^ok: input position_ids$/,
    genai_llama:
      /^ok: the export's attention rotates by its cache's length; RotaryEmbedding/,
    optimum_gemma2: /^ok: follow from the cache's length: the graph is shown/,
  };
  const exports = {
    optimum_llama:
      /^ok: ONNX operator set 18, by pytorch [\d.]+, attention written out, fp32 cache, weights in the model's own file$/,
    genai_llama:
      /^ok: ONNX operator set \d+, by onnxruntime-genai .*, attention by GroupQueryAttention, fp32 cache, weights in model\.onnx\.data$/,
    optimum_gemma2: /attention written out/,
  };
  for (const name of Object.keys(exports) as (keyof typeof exports)[]) {
    await using model = await exportedModel(name);
    const { code, says } = await doctor(model.path);
    assert.equal(code, 0);
    assert.match(says("export")[0]!, exports[name]);
    assert.match(says("positions")[0]!, positions[name]);
    assert.match(says("stages")[0]!, /^ok: all: /);
    assert.match(
      says("memory")[0]!,
      name === "optimum_gemma2"
        ? /^ok: KV 768 bytes an entry, 56\.6 KiB a full window;/
        : /^ok: KV 768 bytes an entry, 96 KiB a full window;/,
    );
    assert.match(
      says("ONNX Runtime")[0]!,
      /^ok: opened a session of .* on cpu/,
    );
    const attention = name === "optimum_gemma2"
      ? /^ok: 4 heads and 2 KV heads of 24, window 128, 1 of 2 layers slide over 24 entries, scores capped at 2$/
      : /^ok: 4 heads and 2 KV heads of 16, window 128$/;
    assert.match(says("attention")[0]!, attention);
  }
});

Deno.test("doctor MODEL says how the weights of other files are written", async () => {
  const tiny = await doctor("tiny");
  assert.deepEqual(tiny.says("weights"), [
    "ok: Q8_0: 57 tensors, 15.9 MiB; F32: 17 tensors, 25.5 KiB",
  ]);
  assert.deepEqual(tiny.says("export"), []);
});

Deno.test("doctor MODEL says in what a model's layers differ, and what sliding ones save", async () => {
  const of = async (name: string) => {
    const { says } = await doctor(`${fixtures}models/${name}`);
    return [says("attention")[0], says("memory")[0]!.split("; ")[0]];
  };
  const heads = "ok: 4 heads and 2 KV heads of 16, window 128";
  assert.deepEqual(await of("smollm3"), [
    `${heads}, 1 of 5 layers do not rotate`,
    "ok: KV 1.25 KiB an entry, 160 KiB a full window",
  ]);
  // Two layers hold 23 entries each, one holds 128; all of 256 bytes.
  assert.deepEqual(await of("gemma3"), [
    `${heads}, 2 of 3 layers slide over 24 entries, RoPE scaled by linear`,
    "ok: KV 768 bytes an entry, 43.5 KiB a full window",
  ]);
});

Deno.test("doctor MODEL ends as a model that cannot be used would, and says why", async () => {
  await using model = await exportedModel("genai_llama");
  await Deno.remove(`${model.path}/model.onnx.data`);
  const { code, says } = await doctor(model.path);
  assert.equal(code, 4);
  assert.match(says("model file")[0]!, /^fails: .*which is missing; fetch it/);
  // The machine is not to blame, and is looked at all the same.
  assert.match(says("ONNX Runtime")[0]!, /^ok: opened a session of tiny on/);
  const two = await runCli(["doctor", "tiny", "--model", "tiny"]);
  assert.equal(two.code, 2);
  assert.match(two.stderr, /Two models were named/);
});

Deno.test("doctor MODEL says what does not work with attention that is not understood, and why", async () => {
  await using model = await exportedModel("optimum_llama");
  const file = `${model.path}/model.onnx`;
  const onnx = fromBinary(ModelProtoSchema, await Deno.readFile(file));
  for (const node of onnx.graph!.node) {
    if (node.opType === "Softmax") node.opType = "LogSoftmax";
  }
  await Deno.writeFile(file, toBinary(ModelProtoSchema, onnx));
  const { code, says } = await doctor(model.path);
  assert.equal(code, 0);
  assert.match(says("export")[0]!, /attention not understood/);
  assert.match(
    says("stages")[0]!,
    /^absent: prefill, requery, scores, selection, merge and decode work with the export's own attention; attention votes, .* do not: its attention cannot be read, in layer 0: LogSoftmax stands between its scores and the product with the values; export it with Optimum/,
  );
});

Deno.test("ask and plan take an exported model", async () => {
  await using model = await exportedModel("genai_llama");
  await withFolder(async (folder) => {
    const document = `${folder}/document.txt`;
    await Deno.writeTextFile(document, "The sea is wide and deep. ".repeat(20));
    const flags = ["--model", `${model.path}/model.onnx`, "--prompt", "raw"];
    const ask = async (...more: string[]) => {
      const args = [...flags, "--max-tokens", "4", "--json", ...more];
      const asked = await runCli(["ask", document, "Where?", ...args]);
      assert.equal(asked.code, 0, asked.stderr);
      const lines = jsonLines(asked.stdout);
      const answer = lines.at(-1)!;
      assert.equal(answer.type, "answer");
      const warnings = lines.filter(({ type }) => type === "warning");
      const kept = answer.kept as Record<string, number>[];
      return { kept, warnings: warnings.map(({ message }) => String(message)) };
    };
    const merged = await ask("--graph", "parallelcomp");
    assert.equal(merged.kept.length, 3);
    assert.deepEqual(merged.warnings, []);
    const { kept, warnings } = await ask();
    assert.equal(kept.length, 2);
    const entries = kept.reduce((sum, chunk) => sum + chunk.entries!, 0);
    assert(entries < 128, "what was read again fits the model's window");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /do not fit the model's window of 128;/);
    const planned = await runCli([
      "plan",
      "parallelcomp",
      document,
      "--question",
      "Where?",
      "--set",
      `model=${model.path}`,
      "--set",
      "prompt=raw",
      "--set",
      "maxTokens=4",
    ]);
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /at the peak/);
  });
});
