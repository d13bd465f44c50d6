import assert from "node:assert/strict";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "./documents.ts";
import { spawnCli } from "./run_cli.ts";

Deno.test({
  name: "sweep ends at SIGINT with 130, and every row that was said is there",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      // The second case is far more work than could be done before the signal.
      const cases = [250, 20_000].map((words) => ({
        document: passKeyDocument(words),
        question: passKeyQuestion,
        expected: "48213",
      }));
      const lines = cases.map((one) => JSON.stringify(one)).join("\n");
      const input = await writeFile(folder, "c.jsonl", lines);
      const output = `${folder}/rows.jsonl`;
      const args = ["sweep", "parallelcomp", "--input", input, "--output"];
      const child = spawnCli([...args, output]);
      await child.stdin.close();
      const reader = child.stderr
        .pipeThrough(new TextDecoderStream())
        .getReader();
      let said = "";
      const read = async () => {
        const { value, done } = await reader.read();
        said += value ?? "";
        return !done;
      };
      while (!/^1 of 2 /m.test(said)) assert(await read(), said);
      child.kill("SIGINT");
      while (await read());
      const [{ code }] = await Promise.all([
        child.status,
        child.stdout.cancel(),
      ]);
      assert.equal(code, 130);
      assert.match(said, /^error: Interrupted\n$/m);
      const rows = (await Deno.readTextFile(output)).trimEnd().split("\n");
      assert.equal(rows.length, 1);
      assert.equal(JSON.parse(rows[0]!).case, "1");
    });
  },
});
