import assert from "node:assert/strict";
import { withFolder, writeFile } from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

const noDriver = { VK_DRIVER_FILES: "/no/driver.json" };
const question = ["--prompt", "raw", "--max-tokens", "2"];

Deno.test("--provider cpu computes on the processor, and every result says so", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", "Water is wet.");
    const record = `${folder}/run.json`;
    const ask = ["ask", file, "Is it?", ...question, "--provider", "cpu"];
    const { code, stdout } = await runCli([...ask, "--json"]);
    assert.equal(code, 0);
    const lines = jsonLines(stdout);
    const said = lines.filter(({ type }) => type === "provider");
    assert.deepEqual(said.map((line) => [line.node, line.provider]), [
      ["model", "cpu"],
    ]);
    assert.equal(lines.at(-1)!.provider, "cpu");
    const { stderr } = await runCli([...ask, "--record", record]);
    assert.match(stderr, /^provider: cpu$/m);
    assert.equal(
      JSON.parse(await Deno.readTextFile(record)).provider,
      "cpu",
    );
  });
});

Deno.test({
  name: "a provider that cannot be opened is one message with a way out",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withFolder(async (folder) => {
      const file = await writeFile(folder, "a.txt", "Water is wet.");
      const ask = ["ask", file, "Is it?", ...question];
      const { code, stdout, stderr } = await runCli(
        [...ask, "--provider", "webgpu"],
        { env: noDriver },
      );
      assert.equal(code, 4, stderr);
      assert.equal(stdout, "");
      const errors = stderr.split("\n").filter((l) => l.startsWith("error:"));
      assert.equal(errors.length, 1, stderr);
      assert.match(
        errors[0]!,
        /^error: Node 'model' \(model\) failed: WebGPU cannot be opened \(.*\); install .*, or take provider: cpu$/,
      );
    });
  },
});

Deno.test({
  name: "doctor says of every provider whether it is there",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, stdout } = await runCli(["doctor", "--json"], {
      env: noDriver,
    });
    assert.equal(code, 0);
    const found = new Map(jsonLines(stdout).map((f) => [f.name, f]));
    assert.equal(found.get("webgpu")!.state, "absent");
    assert.match(String(found.get("webgpu")!.says), /install .* driver/);
    assert(["ok", "absent"].includes(String(found.get("cuda")!.state)));
  },
});
