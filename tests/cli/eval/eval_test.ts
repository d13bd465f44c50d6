import assert from "node:assert/strict";
import { withFolder, writeFile } from "../documents.ts";
import {
  evalRowsIn,
  lasting,
  runEvalCli,
  shortRun,
  writeEvalCases,
} from "./cases.ts";

Deno.test("eval judges every method on every case; methods of different graphs share one prefill, which changes no row", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder);
    const run = async (name: string, ...more: string[]) => {
      const output = `${folder}/${name}.jsonl`;
      const graphs = [
        "parallelcomp",
        "ours=one_pass",
        "paper",
        "full_attention",
      ];
      const args = [cases, "--graph", ...graphs, ...shortRun];
      const files = ["--output", output, "--table", `${folder}/${name}.json`];
      const result = await runEvalCli(...args, ...files, ...more);
      assert.equal(result.code, 0, result.stderr);
      return { ...result, rows: await evalRowsIn(output) };
    };
    const shared = await run("shared");
    assert.equal(shared.rows.length, 12);
    for (const row of shared.rows) {
      const shares = row.method !== "full_attention";
      assert.equal(row.sharedSeconds as number > 0, shares, row.method);
      assert.equal(row.queryAware, shares);
    }
    const [first] = shared.rows;
    assert.match(first!.prediction as string, /^ ?48213/);
    assert.equal(first!.score, 1);
    assert.equal(first!.tokens, 6);
    assert.equal((first!.scores as unknown[]).length, first!.chunks);
    assert(first!.firstTokenSeconds as number > 0);
    assert(Number(first!.processPeakBytes) > Number(first!.peakBytes));
    const both = shared.rows.find((row) => row.task === "both")!;
    assert.equal(both.score, 0.5, "one of two is there");
    assert.match(shared.stdout, /methods that see the question:\n/);
    assert.match(shared.stdout, /parallelcomp +1\.00 \[1\.00, 1\.00\] n 2/);
    assert.match(shared.stderr, /^12 of 12 .* s$/m);
    const { cells } = JSON.parse(
      await Deno.readTextFile(`${folder}/shared.json`),
    );
    assert.equal(cells.length, 8);

    const alone = await run("alone", "--no-share");
    assert(alone.rows.every((row) => row.sharedSeconds === 0));
    const answers = (rows: typeof alone.rows) =>
      lasting(
        rows.map(({ effectiveHash: _, ...row }) => row as typeof rows[0]),
      );
    assert.deepEqual(answers(shared.rows), answers(alone.rows));
  });
});

Deno.test("eval runs named settings, and those that know the answer stand apart", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder, [250]);
    const methods = await writeFile(
      folder,
      "methods.yaml",
      [
        "- { name: two chunks, params: { keepChunks: 2, keepEntries: 64 } }",
        "- name: oracle",
        '  nodes: { scored: { stage: score.oracle, with: { text: "${evidence}" } } }',
      ].join("\n"),
    );
    const output = `${folder}/rows.jsonl`;
    const args = [cases, "--methods", methods, ...shortRun];
    const result = await runEvalCli(...args, "--output", output);
    assert.equal(result.code, 0, result.stderr);
    const [row, oracle] = await evalRowsIn(output);
    assert.equal(row!.method, "two chunks");
    assert.equal(row!.graph, "reread");
    assert.equal(oracle!.oracle, true);
    const { keepChunks, keepEntries, window, pool, maxTokens } = row!
      .params as Record<string, unknown>;
    assert.deepEqual(
      [keepChunks, keepEntries, window, pool, maxTokens],
      [2, 64, 256, 31, undefined], // a case says how long its answer may be
    );
    assert.deepEqual(row!.changes, []);
    assert.deepEqual(oracle!.changes, [
      { kind: "stage", node: "scored", stage: "score.oracle" },
      {
        kind: "option",
        node: "scored",
        path: ["text"],
        value: "${evidence}",
      },
    ]);
    assert.match(result.stdout, /bounds that know the answer:\n.*\n +oracle/);
    assert.equal(row!.kept.chunks, 2);
    assert((row!.kept.entries as number) <= 130);
    const again = await runEvalCli(...args, "--output", output);
    assert.equal(again.code, 0);
    assert.equal((await evalRowsIn(output)).length, 2, "nothing is done again");
    const other = await runEvalCli(
      ...args,
      "--set",
      "pool=7",
      "--output",
      output,
    );
    assert.equal(other.code, 2);
    assert.match(other.stderr, /rows of 'two chunks' with another graph/);
  });
});

Deno.test("eval in shards gives the rows of the whole, and says what is wrong with its flags", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder, [220, 230, 240, 250, 260]);
    const output = async (name: string, ...more: string[]) => {
      const path = `${folder}/${name}.jsonl`;
      const args = [cases, ...shortRun, "--output", path, ...more];
      const result = await runEvalCli(...args);
      assert.equal(result.code, 0, result.stderr);
      return await Deno.readTextFile(path);
    };
    const whole = await output("whole");
    const parts = await output("1", "--shard", "1/2") +
      await output("2", "--shard", "2/2");
    const joined = await writeFile(folder, "joined.jsonl", parts);
    const all = await evalRowsIn(await writeFile(folder, "all.jsonl", whole));
    assert.deepEqual(lasting(await evalRowsIn(joined)), lasting(all));

    const refuses = async (message: RegExp, ...args: string[]) => {
      const { code, stderr } = await runEvalCli(...args);
      assert.match(stderr, message);
      assert.equal(code, 2, stderr);
    };
    await refuses(/Unknown suite 'nedles'; there are: .*needles/, "nedles");
    await refuses(/has no task 'pas'/, "needles", "--tasks", "pas");
    await refuses(/has a parameter 'keep'/, cases, "--set", "keep=3");
    await refuses(/part and how many/, cases, "--shard", "3/2");
    await refuses(/seeds|ranges/, cases, "--seeds", "3-1");
    await refuses(/no template 'x'/, cases, "--template", "x");
    await refuses(
      /Two methods are called 'paper'/,
      cases,
      "--graph",
      "paper",
      "paper",
    );
    const none = await runEvalCli(cases, "--lengths", "9");
    assert.equal(none.code, 5);
    assert.match(none.stderr, /no case is chosen by --tasks/);
  });
});
