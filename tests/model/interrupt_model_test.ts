import assert from "node:assert/strict";
import { passKeyDocument, withFolder, writeFile } from "../cli/documents.ts";
import { spawnCli } from "../cli/run_cli.ts";
import { smollm2 } from "./smollm2.ts";

/** Milliseconds that are promised: a deadline, no speed. */
const deadline = 2000;

Deno.test({
  name: "Ctrl-C ends a run of SmolLM2 while a kernel computes",
  ignore: Deno.build.os === "windows",
  async fn() {
    const model = await smollm2();
    await withFolder(async (folder) => {
      const file = await writeFile(folder, "a.txt", passKeyDocument(20_000));
      const args = ["ask", file, "What is the pass key?", "--model", model];
      const child = spawnCli([...args, "--set", "window=2048", "--json"]);
      await child.stdin.close();
      const lines = child.stdout.pipeThrough(new TextDecoderStream());
      let seen = "";
      let interrupted = 0;
      for await (const piece of lines) {
        seen += piece;
        if (interrupted === 0 && seen.includes('"prefilled"')) {
          interrupted = performance.now();
          child.kill("SIGINT");
        }
      }
      const { code } = await child.status;
      await child.stderr.cancel();
      assert.equal(code, 130);
      assert(performance.now() - interrupted < deadline);
      assert.doesNotMatch(seen, /"type":"answer"/);
    });
  },
});
