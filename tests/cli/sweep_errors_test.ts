import assert from "node:assert/strict";
import { withFolder, writeFile } from "./documents.ts";
import { runCli } from "./run_cli.ts";

const vary = (...values: string[]) => values.flatMap((v) => ["--vary", v]);

/** What is said after `sweep parallelcomp --input c.jsonl`: arguments, exit code, message. */
const cases: Record<string, readonly [string[], number, RegExp]> = {
  "a variation with an unknown stage": [
    vary("nodes.evicted.stage=evict.random,evict.randm"),
    3,
    /^error: Variation 'evicted=evict.randm' cannot run: parallelcomp:\d+:\d+ nodes.evicted.stage: Unknown stage 'evict.randm'; did you mean 'evict.random'\?\n$/,
  ],
  "a variation of an unknown node": [
    vary("params.keepChunks=1,2", "nodes.evictd.stage=evict.random"),
    3,
    /^error: Variation 'keepChunks=1, evictd=evict.random' cannot run: .*no node 'evictd'; did you mean 'evicted'/,
  ],
  "a variation with an unknown parameter": [
    vary("params.keepEntris=3"),
    3,
    /^error: Variation 'keepEntris=3' cannot run: .*not declared; did you mean 'keepEntries'/,
  ],
  "a variation with a wrong option": [
    vary("nodes.evicted.with.pool=0,31"),
    3,
    /^error: Variation 'evicted.pool=0' cannot run: /,
  ],
  "a variation of another graph that does not exist": [
    ["--vary-file", "settings.yaml"],
    3,
    /^error: Variation 'b' cannot run: No shipped graph is named 'papper'/,
  ],
  "a path that is none": [
    vary("evicted=3"),
    2,
    /Write params.NAME=…, nodes.NODE.stage=…/,
  ],
  "a case that is none": [
    ["--input", "bad.jsonl"],
    5,
    /^error: bad.jsonl:2: question: .*; a case is {id\?, task\?, document/,
  ],
  "a case with no document": [
    ["--input", "none.jsonl"],
    5,
    /^error: none.jsonl:1: write either document or documentPath; /,
  ],
  "a later case whose document does not exist": [
    ["--input", "lost.jsonl"],
    5,
    /^error: Case 2 of 'lost.jsonl': Cannot read "no.txt": no such file; check the path\n$/,
  ],
  "cases that do not exist": [
    ["--input", "no.jsonl"],
    5,
    /^error: Cannot read "no.jsonl"/,
  ],
  "a choice of no case": [
    ["--only", "nothing"],
    5,
    /^error: No case of 'c.jsonl' is chosen; its tasks are: case\n$/,
  ],
  "an output that is no file of rows": [
    ["--output", "settings.yaml"],
    2,
    /^error: 'settings.yaml' is no file of this command: line 1 is no row/,
  ],
  "a table in place of the rows": [
    ["--output", "r.json", "--table", "./r.json"],
    2,
    /^error: --output and --table are both 'r.json'/,
  ],
  "an output that holds the cases": [
    ["--output", "c.jsonl"],
    2,
    /^error: Cannot write 'c.jsonl': it is the /,
  ],
};

Deno.test("sweep says what is wrong once, before anything runs", async (t) => {
  await withFolder(async (folder) => {
    const good = { document: "A mill.", question: "Where?", expected: "x" };
    const line = JSON.stringify(good);
    await writeFile(folder, "c.jsonl", `${line}\n`);
    await writeFile(folder, "bad.jsonl", `${line}\n{"document": "a"}\n`);
    await writeFile(folder, "none.jsonl", '{"question": "q", "expected": "x"}');
    const { document: _, ...lost } = { ...good, documentPath: "no.txt" };
    await writeFile(folder, "lost.jsonl", `${line}\n${JSON.stringify(lost)}`);
    const settings = "- { name: a }\n- { name: b, graph: papper }\n";
    await writeFile(folder, "settings.yaml", settings);
    for (const [name, [args, code, message]] of Object.entries(cases)) {
      await t.step(name, async () => {
        const result = await runCli(
          ["sweep", "parallelcomp", "--input", "c.jsonl", ...args],
          { cwd: folder },
        );
        assert.equal(result.code, code, result.stderr);
        assert.match(result.stderr, message);
        assert.equal(result.stdout, "");
      });
    }
    assert.equal(await Deno.readTextFile(`${folder}/settings.yaml`), settings);
  });
});
