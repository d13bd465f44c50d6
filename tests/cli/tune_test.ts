import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { readTuning, TUNED_FOR } from "../../io/tuning.ts";
import { withFolder } from "./documents.ts";
import { runCli } from "./run_cli.ts";

Deno.test("tune measures settings, keeps the fastest that may be chosen, and --json says both", async () => {
  await withFolder(async (folder) => {
    const env = { PARALLELCOMP_CACHE: folder };
    const args = ["tune", "tiny", "--tokens", "64", "--rounds", "1", "--json"];
    const { code, stdout, stderr } = await runCli(args, { env });
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const { type, file, ...tuning } = lines.at(-1);
    assert.equal(type, "tuning");
    assert(file.startsWith(folder));
    assert.equal(tuning.accuracy, "exact");
    const measured = lines.slice(0, -1);
    for (const name of ["exact", "int8", "fast"]) {
      assert(measured.some(({ accuracy }) => accuracy === name), name);
    }
    for (const { tokensPerSecond } of measured) assert(tokensPerSecond > 0);
    assert(new Set(measured.map(({ length }) => length)).size > 2);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), tuning);
  });
});

Deno.test("TUNED_FOR is the ONNX Runtime of the import map", () => {
  assert.equal(TUNED_FOR, project.imports["onnxruntime-node"]);
});

Deno.test("readTuning() knows nothing of a model that was not tuned, is not there, or whose file is damaged", async () => {
  assert.equal(await readTuning("no-such-model.gguf"), undefined);
  await withFolder(async (folder) => {
    const env = { PARALLELCOMP_CACHE: folder };
    const script = `
      const { readTuning, writeTuning } = await import("${new URL(
      "../../io/tuning.ts",
      import.meta.url,
    )}");
      const tuning = { workers: 2, threads: 2, accuracy: "int8", batch: 1 };
      const seen = [await readTuning("tiny")];
      const file = await writeTuning("tiny", tuning);
      seen.push(await readTuning("tiny"));
      await Deno.writeTextFile(file, '{"workers":0}');
      seen.push(await readTuning("tiny"));
      console.log(JSON.stringify(seen));`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      cwd: new URL("../../", import.meta.url),
      env,
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
      null,
      { workers: 2, threads: 2, accuracy: "int8", batch: 1 },
      null,
    ]);
  });
});
