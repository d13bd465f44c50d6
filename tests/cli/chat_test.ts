import assert from "node:assert/strict";
import { passKeyDocument, withFolder, writeFile } from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

const questions = [
  "What is the pass key? The pass key is",
  "",
  "Where does the river run? The river runs past the",
  "What is the pass key? The pass key is",
  "/exit",
  "This is not asked any more",
].join("\n");
const flags = ["--prompt", "raw", "--max-tokens", "6", "--set", "window=512"];

Deno.test("chat answers each line as ask does, from memory and from a temporary file", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(1500));
    const spill = await Deno.makeTempDir({ dir: folder });
    const chat = (kvMemory: string) =>
      runCli(["chat", file, ...flags, "--kv-memory", kvMemory], {
        stdin: questions,
        env: { TMPDIR: spill },
      });
    const memory = await chat("1GB");
    assert.equal(memory.code, 0, memory.stderr);
    assert.match(memory.stderr, /chunks read in .* MiB in memory, 0 MiB in/);
    assert.equal(memory.stderr.match(/^first token after/gm)?.length, 3);
    assert.equal(memory.stderr.match(/^sources:/gm)?.length, 3);

    const spilled = await chat("0");
    assert.match(spilled.stderr, /KV: 0 MiB in memory, [1-9]\d* MiB in a temp/);
    assert.equal(spilled.stdout, memory.stdout);
    assert.deepEqual([...Deno.readDirSync(spill)], []);

    const asked = await runCli([
      "ask",
      file,
      questions.split("\n")[0]!,
      ...flags,
      "--set",
      "questionTokens=128",
    ]);
    assert(memory.stdout.startsWith(asked.stdout));
    assert(memory.stdout.endsWith(asked.stdout));
    assert.match(asked.stdout, /48213/);
  });
});

Deno.test("chat goes on after a question that is too long, and ends with its code", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(100));
    const args = ["chat", file, ...flags, "--question-tokens", "20", "--json"];
    const { code, stdout, stderr } = await runCli(args, {
      stdin: `${"why ".repeat(40)}\nWhat is the pass key? The pass key is\n`,
    });
    assert.equal(code, 5);
    assert.equal(stderr.match(/^error: /gm)?.length, 1);
    assert.match(
      stderr,
      /The question has \d+ tokens with its template, the chunks left room for 20; shorten it, or start again with more --question-tokens as far as the window allows/,
    );
    const lines = jsonLines(stdout);
    const errors = lines.filter(({ type }) => type === "error");
    assert.deepEqual(errors.map(({ code }) => code), [5]);
    assert(stderr.includes(`error: ${errors[0]!.message}\n`));
    const answers = lines.filter(({ type }) => type === "answer");
    assert.equal(answers.length, 1);
    assert.match(String(answers[0]!.answer), /48213/);
    const first = lines.find(({ name }) => name === "firstTokenSeconds")!;
    assert(Number(first.value) > 0);
  });
});

Deno.test("chat reads again for every question what is left of many chunks, and of one chunk nothing", async () => {
  await withFolder(async (folder) => {
    for (const [words, times] of [[1500, 3], [100, 0]] as const) {
      const text = `${
        passKeyDocument(words)
      }One of the special magic numbers for harbour is: 7316402.\n`;
      const file = await writeFile(folder, "a.txt", text);
      const key = "What is the pass key? The pass key is";
      const number =
        "What is the special magic number for harbour mentioned in the provided text? The special magic number for harbour mentioned in the provided text is";
      const args = ["chat", file, ...flags, "--max-tokens", "10", "--json"];
      const { code, stdout, stderr } = await runCli(args, {
        stdin: [key, number, key].join("\n"),
      });
      assert.equal(code, 0, stderr);
      const lines = jsonLines(stdout);
      const again = lines.filter(({ name }) => name === "rereadTokens");
      assert.equal(again.length, 2 * times);
      const answers = lines.filter(({ type }) => type === "answer");
      const said = answers.map(({ answer }) => String(answer));
      assert.equal(said.length, 3);
      assert.match(said[0]!, /48213/);
      assert.match(said[1]!, /7316402/);
      assert.equal(said[2], said[0]);
    }
  });
});

Deno.test("chat answers without context where the document is empty", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", "");
    const { code, stdout, stderr } = await runCli(["chat", file, ...flags], {
      stdin: questions,
    });
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/^sources:/gm)?.length, 3);
    assert.match(stderr, /warning: Document '.*a\.txt' is empty/);
    assert.notEqual(stdout.trim(), "");
  });
});

Deno.test("chat --memory keeps less in memory than asked for, or refuses", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(1500));
    const question = { stdin: questions.split("\n")[0]! };
    const chat = (memory: string) =>
      runCli(["chat", file, ...flags, "--memory", memory], question);
    const roomy = await chat("4GB");
    assert.equal(roomy.code, 0, roomy.stderr);
    assert.match(roomy.stdout, /48213/);
    assert.match(roomy.stderr, /, 0 MiB in a temporary file$/m);
    const none = await chat("100MB");
    assert.equal(none.code, 6);
    assert.match(none.stderr, /--memory allows 100 MiB/);

    const planned = await runCli(["plan", "reread", file, ...flags]);
    const [, least] = /about ([\d.]+) MiB at the peak/.exec(planned.stdout)!;
    const tight = await chat(`${Math.ceil(Number(least)) + 30}MB`);
    assert.equal(tight.code, 0, tight.stderr);
    assert.equal(tight.stdout, roomy.stdout);
  });
});

Deno.test("chat says when no question came", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(100));
    const { code, stdout, stderr } = await runCli(["chat", file], {
      stdin: "\n  \n",
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^warning: No question came on standard input$/m);
  });
});

Deno.test("chat names TMPDIR when no temporary file can be made, before it reads", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(100));
    const { code, stderr } = await runCli(["chat", file], {
      stdin: "What is the pass key?",
      env: { TMPDIR: `${folder}/none` },
    });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: No temporary file can be made in '.*none': .*; name another folder in TMPDIR\n$/,
    );
  });
});
