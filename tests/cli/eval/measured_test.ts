import assert from "node:assert/strict";
import { jsonLines, runCli } from "../run_cli.ts";

Deno.test("eval measures a text with graphs that cut by the length of an answer, and with those that do not", async () => {
  const asked = "eval perplexity --lengths 1024 --limit 1 --json";
  const { code, stdout, stderr } = await runCli([
    ...asked.split(" "),
    ...["--graph", "full_attention", "truncate_middle"],
  ]);
  assert.equal(code, 0, stderr);
  const rows = jsonLines(stdout).filter(({ type }) => type === "row");
  assert.deepEqual(
    rows.map(({ method, metric }) => [method, metric]),
    [["full_attention", "perplexity"], ["truncate_middle", "perplexity"]],
  );
  // Inside the window both read all of it.
  const [full, cut] = rows.map(({ score }) => score as number);
  assert.ok(full! > 0 && full! < 1, `${full}`);
  assert.ok(Math.abs(full! - cut!) < 1e-5 * full!, `${full}, ${cut}`);
});
