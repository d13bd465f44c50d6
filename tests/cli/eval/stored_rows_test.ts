import assert from "node:assert/strict";
import { slimRow } from "../../../bench/paper/slim_row.ts";
import { withFolder } from "../documents.ts";
import { evalRowsIn, runEvalCli } from "./cases.ts";

const args = [
  ...["needles", "--graph", "truncate_middle", "--tasks", "passkey"],
  ...["--lengths", "512", "--seeds", "0", "--output"],
];

Deno.test("eval computes again what git holds shortened, once", async () => {
  await withFolder(async (folder) => {
    const output = `${folder}/rows.jsonl`;
    await runEvalCli(...args, output);
    const [row] = await evalRowsIn(output);
    await Deno.writeTextFile(
      output,
      JSON.stringify(slimRow(row as never)) + "\n",
    );
    const again = await runEvalCli(...args, output);
    assert.equal(again.code, 0, again.stderr);
    const rows = await evalRowsIn(output);
    assert.equal(rows.length, 2);
    assert("scores" in rows[1]! && !("scores" in rows[0]!));
    await runEvalCli(...args, output);
    assert.equal((await evalRowsIn(output)).length, 2);
  });
});

Deno.test("eval keeps no rows in packed files", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await runEvalCli(...args, `${folder}/a.jsonl.gz`);
    assert.equal(code, 2);
    assert.match(stderr, /a\.jsonl\.gz': packed rows cannot grow/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});
