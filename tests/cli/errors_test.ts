import assert from "node:assert/strict";
import { withFolder, writeFile } from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

/** Command lines that end with an error: arguments, exit code, message. */
const cases: Record<string, readonly [string[], number, RegExp]> = {
  "an unknown command": [["askk"], 2, /unknown command 'askk'\n.*ask/],
  "no command": [[], 2, /^Usage: [^]*^error: no command was given\n$/m],
  "help on an unknown command": [
    ["help", "askk"],
    2,
    /^error: unknown command 'askk'\n$/m,
  ],
  "an unknown flag": [
    ["ask", "a.txt", "q", "--promt", "raw"],
    2,
    /unknown option '--promt'\n.*--prompt/,
  ],
  "a missing argument": [
    ["ask", "a.txt"],
    2,
    /missing required argument 'question'/,
  ],
  "a bad number": [
    ["ask", "a.txt", "q", "--max-tokens", "0"],
    2,
    /'--max-tokens <n>' argument '0' is invalid. Write a whole number/,
  ],
  "a bad size": [
    ["ask", "a.txt", "q", "--memory", "much"],
    2,
    /argument 'much' is invalid. Write a size such as 512MB or 4GB/,
  ],
  "a parameter without a value": [
    ["ask", "a.txt", "q", "--set", "window"],
    2,
    /Write name=value/,
  ],
  "a flag that the graph has no parameter for": [
    ["run", "bare.yaml", "--max-tokens", "3"],
    2,
    /--max-tokens sets the graph's parameter 'maxTokens', which bare.yaml does not declare \(it has: none\)/,
  ],
  "a question that the graph needs": [
    ["run", "parallelcomp", "a.txt"],
    2,
    /Graph 'parallelcomp' reads the input 'question'; give it: --question/,
  ],
  "a document that the graph does not read": [
    ["run", "bare.yaml", "a.txt"],
    2,
    /Graph 'bare.yaml' reads no input 'document'/,
  ],
  "a graph that does not exist": [
    ["check", "papper"],
    3,
    /No shipped graph is named 'papper'; shipped graphs: .*paper/,
  ],
  "a graph file that does not exist": [
    ["check", "./no.yaml"],
    3,
    /Graph file '.\/no.yaml' does not exist/,
  ],
  "an unknown parameter": [
    ["ask", "a.txt", "q", "--set", "windw=3"],
    3,
    /^error: reread:.*Parameter 'windw' was given but is not declared; did you mean 'window'\?\n$/,
  ],
  "a broken graph, with every issue": [
    ["check", "broken.yaml"],
    3,
    /^error: broken.yaml:3:\d+ .*Unknown stage 'source.inlin'.*\nbroken.yaml:4:\d+ .*\n$/,
  ],
  "a model that does not exist": [
    ["ask", "a.txt", "q", "--model", "no.gguf"],
    4,
    /Cannot read "no.gguf"/,
  ],
  "a model that is none": [
    ["ask", "a.txt", "q", "--model", "a.txt"],
    4,
    /Cannot read "a.txt"/,
  ],
  "a document that does not exist": [
    ["ask", "no.txt", "q"],
    5,
    /Cannot read "no.txt": no such file/,
  ],
  "a folder in place of a document": [
    ["ask", ".", "q"],
    5,
    /Cannot read "\."/,
  ],
  "a binary file in place of a document": [
    ["ask", "binary", "q"],
    5,
    /Cannot read "binary": it holds NUL bytes/,
  ],
  "an empty question": [["ask", "a.txt", " "], 5, /The question is empty/],
  "a question that leaves no room": [
    ["ask", "a.txt", "why ".repeat(3000)],
    5,
    /No room for a chunk: of a window of 2048 tokens, .* leave 0, /,
  ],
  "a recorded run that fails": [
    ["ask", "a.txt", "why ".repeat(3000), "--record", "r.json"],
    5,
    /^note: no record was written to 'r.json': the run did not complete\nerror: .*No room for a chunk/m,
  ],
  "a chat about standard input": [
    ["chat", "-"],
    2,
    /the document must be a file/,
  ],
  "a chat with a graph that cannot keep anything": [
    ["chat", "a.txt", "--graph", "paper"],
    3,
    /Graph 'paper' asks the question while it reads the document/,
  ],
  "an output that is the document": [
    ["ask", "a.txt", "q", "--max-tokens", "1", "--output", "./a.txt"],
    2,
    /Cannot write '.\/a.txt': it is the file that is read/,
  ],
  "one file for the answer and the record": [
    ["ask", "a.txt", "q", "--output", "o", "--record", "o"],
    2,
    /--output and --record both name 'o'; name two files/,
  ],
  "an output without a name": [
    ["ask", "a.txt", "q", "--output", ""],
    2,
    /^error: option '--output <file>' argument '' is invalid. Write a file's name.\n$/,
  ],
  "an output that is a folder": [
    ["ask", "a.txt", "q", "--output", "."],
    2,
    /^error: Cannot write '.': It is a folder\n$/,
  ],
  "an output with the name of a folder": [
    ["ask", "a.txt", "q", "--output", "new/"],
    2,
    /^error: Cannot write 'new\/': It ends as a folder's name does\n$/,
  ],
  "a parameter that is no YAML": [
    ["ask", "a.txt", "q", "--set", "window=[1"],
    2,
    /'\[1' is not a YAML value: .* at line 1, column 3\.\n$/,
  ],
  "a memory of nothing": [
    ["chat", "a.txt", "--memory", "0"],
    2,
    /argument '0' is invalid. Write a size such as 512MB or 4GB/,
  ],
  "an output in a folder that does not exist": [
    ["ask", "a.txt", "q", "--max-tokens", "1", "--output", "no/out.txt"],
    2,
    /Cannot write 'no\/out.txt': '.*' is no folder/,
  ],
  "an unknown stage": [
    ["stages", "evict.atention"],
    2,
    /No stage is named 'evict.atention'; did you mean 'evict.attention'\?/,
  ],
};

const bare = `version: 1
nodes: { text: { stage: source.inline, with: { text: hello } } }
outputs: { text: text }
`;
const broken = `version: 1
nodes:
  text: { stage: source.inlin, with: { text: hello } }
  more: { stage: source.inline, with: { txt: hello } }
outputs: { text: text }
`;

Deno.test("every error has its exit code and one message without a stack", async (t) => {
  await withFolder(async (folder) => {
    await writeFile(folder, "a.txt", "The river runs past the mill.");
    await writeFile(folder, "bare.yaml", bare);
    await writeFile(folder, "broken.yaml", broken);
    await writeFile(folder, "binary", Uint8Array.of(1, 0, 2, 0, 3));
    for (const [name, [args, code, message]] of Object.entries(cases)) {
      await t.step(name, async () => {
        const result = await runCli(args, { cwd: folder });
        assert.equal(result.code, code, result.stderr);
        assert.match(result.stderr, message);
        assert.equal(result.stderr.match(/error: /g)?.length, 1);
        assert.doesNotMatch(result.stderr, /^ {2,}at |file:\/\//m);
        assert.equal(result.stdout, "");
      });
    }
  });
});

Deno.test("with --json an error is the last line on standard output, too", async () => {
  const line = (code: number, message: string) =>
    JSON.stringify({ type: "error", code, message }) + "\n";
  const missing = 'Cannot read "no.txt": no such file; check the path';
  const read = await runCli(["ask", "no.txt", "q", "--json"]);
  assert.deepEqual(read, {
    code: 5,
    stdout: line(5, missing),
    stderr: `error: ${missing}\n`,
  });
  const usage = await runCli(["ask", "no.txt", "--json"]);
  assert.deepEqual(usage, {
    code: 2,
    stdout: line(2, "missing required argument 'question'"),
    stderr: "error: missing required argument 'question'\n",
  });
  const late = await runCli(["ask", "-", "why ".repeat(3000), "--json"], {
    stdin: "The river runs past the mill.",
  });
  assert.equal(late.code, 5);
  const last = jsonLines(late.stdout).at(-1)!;
  assert.deepEqual([last.type, last.code], ["error", 5]);
  assert.equal(late.stderr, `error: ${last.message}\n`);
});

Deno.test("--version prints the version of deno.json", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  for (const flag of ["--version", "-V"]) {
    const { code, stdout, stderr } = await runCli([flag]);
    assert.deepEqual([code, stdout, stderr], [0, `${version}\n`, ""]);
  }
});

Deno.test("PARALLELCOMP_DEBUG=1 shows the stack", async () => {
  const env = { PARALLELCOMP_DEBUG: "1" };
  const { code, stderr } = await runCli(["check", "papper"], { env });
  assert.equal(code, 3);
  assert.match(stderr, /^ {4}at /m);
});
