import assert from "node:assert/strict";
import { loadModel } from "../../mod.ts";
import { withFolder, writeFile } from "../cli/documents.ts";
import { jsonLines, runCli } from "../cli/run_cli.ts";
import { passkeyCase } from "../eval/tasks/passkey_case.ts";

/** Peak resident bytes that 131,072 tokens may take with the bundled model. */
const cap = 900 * 2 ** 20;

Deno.test("rows 8, 12, 48: 131,072 tokens are answered under a stated memory cap, close to what 16,384 take", async () => {
  await using model = await loadModel("tiny");
  await withFolder(async (folder) => {
    const peaks = [];
    for (const tokens of [16_384, 131_072]) {
      const given = passkeyCase(model.tokenizer, tokens, 5);
      const file = await writeFile(folder, `${tokens}.txt`, given.document);
      const flags = ["--json", "--max-tokens", "12", "--prompt", "raw"];
      const { code, stdout, stderr } = await runCli(
        ["ask", file, given.question, ...flags],
      );
      assert.equal(code, 0, stderr);
      const lines = jsonLines(stdout);
      const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      const chosen = lines.filter(({ node, action }) =>
        node === "best" && action === "kept"
      ).map(({ chunk }) => chunk);
      assert(last.answer.includes(given.answer), last.answer);
      assert.equal(chosen.length, Math.min(16, last.chunks));
      const kept: { chunk: number }[] = last.kept; // of those of which something is left
      assert(kept.length > 0);
      assert(kept.every(({ chunk }) => chosen.includes(chunk)));
      peaks.push(last.peakBytes);
    }
    const [short, long] = peaks as [number, number];
    assert(long <= cap, `peak ${long} bytes, the cap is ${cap}`);
    assert(long <= 1.3 * short, `peak grew from ${short} to ${long} bytes`);
  });
});
