import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readCases } from "../../../cli/experiment/cases_file.ts";
import { withFolder } from "../../cli/documents.ts";

const script = fileURLToPath(
  new URL("../../../bench/needles/write_cases.ts", import.meta.url),
);

function write(...args: string[]): Promise<Deno.CommandOutput> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
  });
  return command.output();
}

Deno.test("write_cases writes what sweep reads: seeded, with the answer planted", async () => {
  await withFolder(async (folder) => {
    const [one, two] = [`${folder}/one.jsonl`, `${folder}/two.jsonl`];
    const size = ["--cases", "2", "--tokens", "400"];
    assert.equal((await write("--out", one, ...size)).code, 0);
    assert.equal((await write("--out", two, ...size)).code, 0);
    assert.equal(await Deno.readTextFile(one), await Deno.readTextFile(two));
    const { cases } = await readCases(one);
    const tasks = [
      "passkey",
      "niah_multikey_1",
      "fact",
      "hex-kv",
      "two-hop",
    ];
    assert.deepEqual([...new Set(cases.map(({ task }) => task))], tasks);
    assert.equal(new Set(cases.map(({ id }) => id)).size, 10);
    for (const { task, expected, evidence, line, seed } of cases) {
      assert(evidence.some((text) => text.includes(expected[0]!)));
      for (const text of evidence) assert(line.document!.includes(text));
      assert.equal(evidence.length, task === "two-hop" ? 2 : 1);
      assert(seed === 0 || seed === 1);
    }
  });
});

Deno.test("write_cases names a task that is not there", async () => {
  const { code, stderr } = await write("--out", "x", "--tasks", "facts");
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /Unknown task 'facts'/);
});
