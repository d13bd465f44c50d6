import assert from "node:assert/strict";
import { withFolder } from "../documents.ts";
import { spawnCli } from "../run_cli.ts";
import {
  evalRowsIn,
  lasting,
  runEvalCli,
  shortRun,
  writeEvalCases,
} from "./cases.ts";

Deno.test("eval that was killed goes on to the rows of one that was not", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder, [250, 400, 900, 1200]);
    const graphs = ["--graph", "parallelcomp", "paper", "streaming_llm"];
    const args = [cases, ...graphs, ...shortRun, "--output"];
    const whole = `${folder}/whole.jsonl`;
    const uninterrupted = await runEvalCli(...args, whole);
    assert.equal(uninterrupted.code, 0, uninterrupted.stderr);

    const output = `${folder}/killed.jsonl`;
    const child = spawnCli(["eval", ...args, output]);
    await child.stdin.close();
    const reader = child.stderr.pipeThrough(new TextDecoderStream())
      .getReader();
    let said = "";
    while (!/^4 of 12 /m.test(said)) { // inside the second case
      const { value, done } = await reader.read();
      assert(!done, said);
      said += value;
    }
    child.kill("SIGKILL");
    await reader.cancel();
    await Promise.all([child.status, child.stdout.cancel()]);
    const rows = await Deno.readTextFile(output);
    const { length } = rows.trimEnd().split("\n");
    assert(length >= 4 && length < 12, `${length} rows`);
    await Deno.writeTextFile(output, rows + rows.slice(0, 100)); // a torn line

    const resumed = await runEvalCli(...args, output);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.doesNotMatch(resumed.stderr, /^1 of 12 /m);
    const all = await evalRowsIn(output);
    assert.equal(all.length, 12);
    assert.deepEqual(lasting(all), lasting(await evalRowsIn(whole)));
    assert.equal(
      resumed.stdout.split("\n").length,
      uninterrupted.stdout.split("\n").length,
    );
  });
});
