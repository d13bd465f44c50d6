import assert from "node:assert/strict";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "./documents.ts";
import { jsonLines, runCli, spawnCli } from "./run_cli.ts";

/** Two cases of one task, and one of another whose document is a file beside. */
async function writeCases(folder: string): Promise<string> {
  await writeFile(folder, "long.txt", passKeyDocument(300));
  const question = passKeyQuestion;
  const cases = [
    {
      task: "key",
      document: passKeyDocument(250),
      question,
      expected: "48213",
      seed: 7,
    },
    {
      task: "key",
      document: passKeyDocument(350),
      question,
      expected: ["no", "48213"],
    },
    { id: "far", documentPath: "long.txt", question, expected: "unknown" },
  ];
  const lines = cases.map((one) => `${JSON.stringify(one)}\n`);
  return await writeFile(folder, "cases.jsonl", lines.join(""));
}

const flags = ["--prompt", "raw", "--max-tokens", "6", "--set", "window=256"];
const evictors = [
  "--vary",
  "nodes.evicted.stage=evict.attention,evict.random",
  "--vary",
  "params.keepChunks=1,2",
  "--set",
  "keepEntries=64",
];

type Row = Record<string, unknown> & { kept: Record<string, unknown> };

async function rowsIn(path: string): Promise<Row[]> {
  return jsonLines(await Deno.readTextFile(path)) as Row[];
}

/** What must be the same however a row was computed. */
function result({ variation, case: id, answer, right, tokens, kept }: Row) {
  return { variation, id, answer, right, tokens, kept };
}

const inOrder = (rows: readonly Row[]) =>
  rows.map(result).sort((a, b) =>
    `${a.id} ${a.variation}` < `${b.id} ${b.variation}` ? -1 : 1
  );

Deno.test("sweep runs every variation on every case; shared work changes no result", async () => {
  await withFolder(async (folder) => {
    const input = await writeCases(folder);
    const sweep = async (name: string, ...more: string[]) => {
      const output = `${folder}/${name}.jsonl`;
      const args = ["sweep", "parallelcomp", "--input", input, ...flags];
      const result = await runCli([
        ...args,
        ...evictors,
        "--output",
        output,
        "--table",
        `${folder}/${name}.json`,
        ...more,
      ]);
      assert.equal(result.code, 0, result.stderr);
      return { ...result, rows: await rowsIn(output) };
    };
    const shared = await sweep("shared");
    const alone = await sweep("alone", "--no-share");
    assert.equal(shared.rows.length, 12);
    assert.deepEqual(inOrder(shared.rows), inOrder(alone.rows));
    assert(shared.rows.every(({ sharedSeconds }) => Number(sharedSeconds) > 0));
    assert(alone.rows.every(({ sharedSeconds }) => sharedSeconds === 0));
    const spilled = await sweep("spilled", "--kv-memory", "0");
    assert.deepEqual(inOrder(spilled.rows), inOrder(alone.rows));

    const [row] = shared.rows;
    for (
      const name of [
        "graphHash",
        "effectiveHash",
        "modelHash",
        "caseHash",
        "casesHash",
        "vocabularyHash",
      ]
    ) {
      assert.match(String(row![name]), /^[0-9a-f]{64}$/, name);
    }
    assert.equal(row!.caseSeed, 7);
    assert.equal(row!.provider, "cpu");
    assert.deepEqual(Object.keys(row!.versions as object), [
      "parallelcomp",
      "deno",
      "onnxruntime",
    ]);
    assert.match(shared.stderr, /^note: evict.random has no option .*rows/m);
    assert.match(
      shared.stdout,
      /^ {2}variation +key +case +seconds +entries$/m,
    );
    assert.match(
      shared.stdout,
      /^ {2}evicted=evict.attention, keepChunks=1 +2 of 2 +0 of 1 +[\d.]+ +\d+$/m,
    );
    const table = JSON.parse(await Deno.readTextFile(`${folder}/shared.json`));
    assert.match(table.command, /^parallelcomp sweep parallelcomp --input /);
    assert.equal(table.cells.length, 8);
    assert.equal(
      table.cells[0].right,
      table.cells[0].answers.filter((a: { right: boolean }) => a.right).length,
    );
  });
});

Deno.test("sweep goes on after a kill, with its torn line repaired and nothing computed twice", async () => {
  await withFolder(async (folder) => {
    const input = await writeCases(folder);
    const output = `${folder}/rows.jsonl`;
    const args = ["sweep", "parallelcomp", "--input", input, ...flags];
    args.push(...evictors, "--output", output);
    const child = spawnCli(args);
    await child.stdin.close();
    const reader = child.stderr.pipeThrough(new TextDecoderStream())
      .getReader();
    for (let said = ""; !/^2 of 12 /m.test(said);) {
      const { value, done } = await reader.read();
      assert(!done, said);
      said += value;
    }
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel(), reader.cancel()]);

    const killed = (await Deno.readTextFile(output)).split("\n");
    killed.pop(); // torn or empty
    assert(killed.length >= 2 && killed.length < 12, `${killed.length} rows`);
    const torn = killed[0]!.slice(0, 40);
    await Deno.writeTextFile(output, `${killed.join("\n")}\n${torn}`);

    const resumed = await runCli(args);
    assert.equal(resumed.code, 0, resumed.stderr);
    const rows = await rowsIn(output);
    assert.equal(rows.length, 12);
    assert.deepEqual(
      rows.slice(0, killed.length),
      killed.map((line) => JSON.parse(line)),
    );
    assert.equal(
      new Set(rows.map((row) => `${row.case} ${row.variation}`)).size,
      12,
    );
    assert.equal(
      resumed.stderr.match(/^\d+ of 12 /gm)!.length,
      12 - killed.length,
    );

    const again = await runCli(args);
    assert.doesNotMatch(again.stderr, /^\d+ of 12 /m);
    assert.equal(again.stdout, resumed.stdout);
    assert.equal((await rowsIn(output)).length, 12);
    assert.doesNotMatch(again.stderr, /other versions/);

    const old = rows.map((row, i) => {
      const versions = { ...row.versions as object, deno: "1.0.0" };
      return JSON.stringify(i < 2 ? { ...row, versions } : row);
    });
    await Deno.writeTextFile(output, `${old.join("\n")}\n`);
    const mixed = await runCli(args);
    assert.match(
      mixed.stderr,
      /^note: 2 of 12 rows come from other versions [^\n]*rows.jsonl' to compute them again$/m,
    );
  });
});

Deno.test("sweep --json prints rows and the table; seeds, tasks and limits choose what runs", async () => {
  await withFolder(async (folder) => {
    const input = await writeCases(folder);
    const settings = await writeFile(
      folder,
      "settings.yaml",
      "- name: few\n  params: { keepEntries: 8 }\n  nodes: { evicted: { stage: evict.random } }\n- { name: cut, graph: truncate_middle }\n",
    );
    const { code, stdout, stderr } = await runCli([
      ...["sweep", "parallelcomp", "--input", input, ...flags, "--json"],
      ...[
        "--vary-file",
        settings,
        "--only",
        "key",
        "--limit",
        "1",
        "--seed",
        "0,1",
      ],
    ]);
    assert.equal(code, 0, stderr);
    const lines = jsonLines(stdout);
    const rows = lines.filter(({ type }) => type === "row");
    assert.deepEqual(rows.map((row) => [row.variation, row.seed, row.case]), [
      ["few", 0, "1"],
      ["few", 1, "1"],
      ["cut", 0, "1"],
      ["cut", 1, "1"],
    ]);
    const { type, cells } = lines.at(-1)! as unknown as {
      type: string;
      cells: Row[];
    };
    assert.equal(type, "table");
    assert.deepEqual(cells.map(({ variation, rows }) => [variation, rows]), [[
      "few",
      2,
    ], ["cut", 2]]);
  });
});

Deno.test("sweep lets options read what a case expects", async () => {
  await withFolder(async (folder) => {
    const text = passKeyDocument(250);
    const cases = ["48213", "mill"].map((expected) => ({
      document: text,
      question: passKeyQuestion,
      expected,
    }));
    const lines = cases.map((one) => JSON.stringify(one)).join("\n");
    const input = await writeFile(folder, "c.jsonl", lines);
    const settings = await writeFile(
      folder,
      "settings.yaml",
      '- { name: plain }\n- { name: known, nodes: { scored: { stage: score.oracle, with: { text: "${expected}" } } } }\n',
    );
    const output = `${folder}/rows.jsonl`;
    const args = ["sweep", "parallelcomp", "--input", input, ...flags];
    args.push("--vary-file", settings, "--output", output);
    const { code, stderr } = await runCli(args);
    assert.equal(code, 0, stderr);
    const rows = await rowsIn(output);
    const hashes = (name: string) =>
      new Set(
        rows.filter(({ variation }) => variation === name)
          .map(({ effectiveHash }) => effectiveHash),
      ).size;
    assert.deepEqual([rows.length, hashes("plain"), hashes("known")], [
      4,
      1,
      2,
    ]);
    const again = await runCli(args);
    assert.equal(again.code, 0);
    assert.equal((await rowsIn(output)).length, 4);
    assert.match(again.stdout, /^ {2}known +\d of 2 /m);
  });
});

Deno.test("sweep writes a row that failed down, runs the others, and tries it again", async () => {
  await withFolder(async (folder) => {
    const question = "why ".repeat(400); // leaves a window of 256 no room
    const good = {
      task: "t",
      document: "A mill.",
      question: "Where?",
      expected: "x",
    };
    const cases = [{ ...good, question }, good];
    const input = await writeFile(
      folder,
      "c.jsonl",
      cases.map((c) => JSON.stringify(c)).join("\n"),
    );
    const args = [
      "sweep",
      "parallelcomp",
      "--input",
      input,
      ...flags,
      "--output",
      `${folder}/rows.jsonl`,
    ];
    for (const expected of [2, 3]) {
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: 1 of 2 rows failed, the first 'as it is' on case 1: .*No room for a chunk/m,
      );
      assert.match(stdout, /as it is +0 of 2 \(1 failed\)/);
      assert.equal((await rowsIn(`${folder}/rows.jsonl`)).length, expected);
    }
  });
});
