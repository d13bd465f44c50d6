import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

/** What of a checkout the command line needs. */
const product = new Set([
  ...["core", "io", "kernels", "stages", "eval", "cli", "graphs", "models"],
  ...["mod.ts", "deno.json", "deno.lock"],
]);
const bareGraph = `version: 1
nodes: { text: { stage: source.inline, with: { text: hello } } }
outputs: { text: text }
`;
const flags = ["--prompt", "raw", "--max-tokens", "6"];

Deno.test("ask answers on standard output and names its sources on standard error", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(600));
    const args = ["ask", file, passKeyQuestion, ...flags];
    const spill = await Deno.makeTempDir({ dir: folder });
    const { code, stdout, stderr } = await runCli(args, {
      cwd: folder,
      env: { TMPDIR: spill },
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual([...Deno.readDirSync(spill)], []);
    assert.match(stdout, /^ ?48213/);
    assert.match(stdout, /\n$/);
    assert.match(
      stderr,
      /sources:\n {2}chunk 0 {2}line 1 {2}bytes 0-\d+ {2}score \d+\.\d{3} {2}512 of \d+ entries\nprovider: \w+\n$/,
    );
    assert.match(stderr, /^prefill: 1 of 1 chunks$/m);
  });
});

Deno.test("ask --json prints every event and last the answer", async () => {
  const document = passKeyDocument(2400);
  const args = ["ask", "-", passKeyQuestion, ...flags, "--json"];
  const { code, stdout } = await runCli([...args, "--set", "window=256"], {
    stdin: document,
  });
  assert.equal(code, 0);
  const lines = jsonLines(stdout);
  const last = lines.at(-1)!;
  for (const event of lines.slice(0, -1)) {
    assert.equal(typeof event.node, "string");
    assert.equal(typeof event.stage, "string");
    assert.equal(typeof event.at, "number");
  }
  const again = lines.filter(({ name }) => name === "rereadTokens")
    .map(({ node }) => node);
  assert.deepEqual(again, ["reread", "again"]);
  const streamed = lines.filter((e) => e.type === "token").map((e) => e.text);
  assert.equal(streamed.join(""), last.answer);
  assert.deepEqual(Object.keys(last), [
    "type",
    "answer",
    "kept",
    "contextTokens",
    "chunks",
    "provider",
    "seconds",
    "peakBytes",
  ]);
  assert.equal(last.type, "answer");
  assert.match(String(last.answer), /48213/);
  assert.equal(last.provider, "cpu");
  assert(Number(last.chunks) > 8);
  assert(Number(last.peakBytes) > 100e6);
  const kept = last.kept as Record<string, number>[];
  const chosen = lines.filter(({ node, action }) =>
    node === "best" && action === "kept"
  ).map(({ chunk }) => chunk);
  assert.equal(chosen.length, Math.min(16, Number(last.chunks)));
  assert(kept.length > 0 && kept.every(({ chunk }) => chosen.includes(chunk)));
  const bytes = new TextEncoder().encode(document);
  const text = (from: number, to: number) =>
    new TextDecoder().decode(bytes.slice(from, to));
  assert(
    kept.some((k) => text(k.byteStart!, k.byteEnd!).includes("48213")),
  );
  for (const chunk of kept) {
    assert.deepEqual(Object.keys(chunk).sort(), [
      "byteEnd",
      "byteStart",
      "chunk",
      "entries",
      "entriesBefore",
      "line",
      "score",
    ]);
    assert(chunk.score! > 0);
    assert.equal(
      text(0, chunk.byteStart!).split("\n").length,
      chunk.line,
      "the line is the one on which the chunk starts",
    );
  }
  const seconds = last.seconds as Record<string, number>;
  const phases = [
    "load",
    "tokenize",
    "prefill",
    "score",
    "evict",
    "merge",
    "decode",
  ];
  assert.deepEqual(Object.keys(seconds), [...phases, "total"]);
  const sum = phases.reduce((total, phase) => total + seconds[phase]!, 0);
  assert(sum > 0 && sum <= seconds.total! + 0.001);
});

Deno.test("ask --output writes the answer to a file", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(200));
    const output = ["--output", "answer.txt"];
    const args = ["ask", file, passKeyQuestion, ...flags, ...output];
    const { code, stdout } = await runCli(args, { cwd: folder });
    assert.equal(code, 0);
    assert.equal(await Deno.readTextFile(`${folder}/answer.txt`), stdout);
    assert.deepEqual(names(folder), ["a.txt", "answer.txt"]);
  });
});

Deno.test({
  name: "ask --output writes through a link and to standard output",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      const file = await writeFile(folder, "a.txt", passKeyDocument(200));
      const target = await writeFile(folder, "target.txt", "old");
      await Deno.chmod(target, 0o640);
      await Deno.symlink("target.txt", `${folder}/link`);
      const ask = (output: string) =>
        runCli(["ask", file, passKeyQuestion, ...flags, "--output", output], {
          cwd: folder,
        });
      const linked = await ask("link");
      assert.equal(linked.code, 0, linked.stderr);
      assert.equal(await Deno.readTextFile(target), linked.stdout);
      assert.equal((await Deno.stat(target)).mode! & 0o777, 0o640);
      assert.deepEqual(names(folder), ["a.txt", "link", "target.txt"]);
      const twice = await ask("/dev/stdout");
      assert.equal(twice.code, 0, twice.stderr);
      assert.equal(twice.stdout, linked.stdout.repeat(2));
    });
  },
});

Deno.test("ask --memory refuses what would not fit and says what would", async () => {
  const args = ["ask", "-", passKeyQuestion, "--memory", "100MB"];
  const { code, stdout, stderr } = await runCli(args, {
    stdin: passKeyDocument(200),
  });
  assert.equal(code, 6);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^error: The run would need about [\d.]+ MiB \([\d.]+ [KM]iB of it KV cache\), --memory allows 100 MiB; the least .* [\d.]+ MiB\n$/,
  );
});

Deno.test("ask --memory runs what fits", async () => {
  const args = ["ask", "-", passKeyQuestion, ...flags, "--memory", "4GB"];
  const { code, stdout } = await runCli(args, { stdin: passKeyDocument(200) });
  assert.equal(code, 0);
  assert.match(stdout, /48213/);
});

const odd: Record<string, { content: string | Uint8Array; says?: RegExp }> = {
  "an empty document": {
    content: "",
    says: /warning: Document 'standard input' is empty/,
  },
  "a document of one word": { content: "Hello" },
  "a document that is not UTF-8": {
    content: Uint8Array.of(
      ...new TextEncoder().encode("caf"),
      0xe9,
      0x20,
      0x6f,
    ),
    says: /warning: .*is not valid UTF-8: 1 invalid sequence/,
  },
};
for (const [name, { content, says }] of Object.entries(odd)) {
  Deno.test(`ask reads ${name}`, async () => {
    const args = ["ask", "-", passKeyQuestion, ...flags];
    const { code, stdout, stderr } = await runCli(args, { stdin: content });
    assert.equal(code, 0, stderr);
    assert.notEqual(stdout.trim(), "");
    if (says) assert.match(stderr, says);
    assert.match(stderr, /sources:\n {2}chunk 0 {2}line 1 {2}bytes 0-/);
  });
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test({
  name: "a checkout in a folder with any name reads from where the user stands",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      await writeFile(folder, "here.yaml", bareGraph);
      const root = fileURLToPath(new URL("../../", import.meta.url));
      const copy = `${folder}/my cöpy #1`;
      await Deno.mkdir(copy);
      for (const { name } of Deno.readDirSync(root)) {
        if (!product.has(name)) continue;
        await new Deno.Command("cp", { args: ["-r", root + name, copy] })
          .output();
      }
      const { code, stdout, stderr } = await runCli(["check", "./here.yaml"], {
        cwd: copy,
        env: { INIT_CWD: folder },
        main: `${copy}/cli/main.ts`,
      });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "./here.yaml: 1 nodes, outputs: text\n");
    });
  },
});

Deno.test("a task's paths are meant from where the user stands", async () => {
  await withFolder(async (folder) => {
    await writeFile(folder, "here.txt", passKeyDocument(200));
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const { code, stdout, stderr } = await runCli(
      ["ask", "here.txt", "What is the pass key?", "--max-tokens", "8"],
      { cwd: root, env: { INIT_CWD: folder } },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /48213/);
  });
});
