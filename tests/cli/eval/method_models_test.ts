import assert from "node:assert/strict";
import { modelPath } from "../../goldens/golden_case.ts";
import { randomText } from "../../stages/fake_case.ts";
import { withFolder, writeFile } from "../documents.ts";
import { jsonLines, runCli } from "../run_cli.ts";

Deno.test("eval gives each method the model that its graph turns, in any order", async () => {
  await withFolder(async (folder) => {
    const given = {
      document: randomText(300, 5), // 300 tokens, a window has 128
      question: "Who was it?",
      expected: "nobody",
      maxTokens: 8,
    };
    const file = await writeFile(folder, "cases.jsonl", JSON.stringify(given));
    const said = async (...graphs: string[]) => {
      const args = ["eval", file, "--model", modelPath("gqa_sharded")];
      args.push("--json", "--graph", ...graphs);
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 0, stderr);
      const rows = jsonLines(stdout).filter(({ type }) => type === "row");
      return Object.fromEntries(
        rows.map(({ method, prediction }) => [method, prediction]),
      );
    };
    const graphs = ["full_attention", "yarn", "self_extend", "lm_infinite"];
    const together = await said(...graphs);
    assert.equal(new Set(Object.values(together)).size, 4, "all alike");
    assert.deepEqual(await said(...graphs.toReversed()), together);
    const alone = await said("self_extend");
    assert.equal(alone.self_extend, together.self_extend);
  });
});
