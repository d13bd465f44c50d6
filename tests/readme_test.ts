import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { passKeyDocument, withFolder, writeFile } from "./cli/documents.ts";
import { runCli } from "./cli/run_cli.ts";

const root = new URL("../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", root));
const shell = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap((block) =>
  block[1]!.split("\n").map((line) => line.replace(/\s+#.*/, "").trim())
);

/** Words of a shell line; quoted ones are one word. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2]!);
}

Deno.test("row 58: every task that the README and CONTRIBUTING name exists", async () => {
  const contributing = await Deno.readTextFile(
    new URL("CONTRIBUTING.md", root),
  );
  const config = await Deno.readTextFile(new URL("deno.json", root));
  const tasks = Object.keys(JSON.parse(config).tasks);
  const named = [...(readme + contributing).matchAll(
    /(?:deno(?:@[\d.]+)? |`)task ([a-z:]+)/g,
  )].map((m) => m[1]!);
  assert(named.length >= 6);
  for (const name of named) assert(tasks.includes(name), name);
});

Deno.test("row 58: every command of the README runs", async (t) => {
  const commands = shell.filter((line) => line.startsWith("parallelcomp "));
  assert(commands.length >= 8);
  const model = fileURLToPath(new URL("models/tiny/tiny-q8_0.gguf", root));
  const graph = fileURLToPath(new URL("graphs/one_pass.yaml", root));
  const rule = fileURLToPath(new URL("examples/custom_evictor/knorm.ts", root));
  await withFolder(async (folder) => {
    const book = await writeFile(folder, "book.txt", passKeyDocument(3000));
    const question = "What is the pass key?";
    const known = { document: passKeyDocument(500), question, expected: "48" };
    const standIns: Record<string, string> = {
      "cases.jsonl": await writeFile(
        folder,
        "cases.jsonl",
        JSON.stringify(known),
      ),
      "rows.jsonl": `${folder}/rows.jsonl`,
      "book.txt": book,
      "my_graph.yaml": graph,
      "mine=my_graph.yaml": `mine=${graph}`,
      "my_rule.ts": rule,
      "judged.jsonl": `${folder}/judged.jsonl`,
      "report.html": `${folder}/report.html`,
      "attention.html": `${folder}/attention.html`,
      "2048,8192": "1024",
      "0-19": "0",
      "run.json": `${folder}/run.json`,
      "run.html": `${folder}/run.html`,
      "SmolLM2-135M-Instruct.Q4_1.gguf": model,
      "…": question,
    };
    for (const line of commands) {
      await t.step(line, async () => {
        const args = words(line).slice(1).map((word) => standIns[word] ?? word);
        const stdin = args[0] === "chat" ? "What is the pass key?\n" : "";
        const { code, stdout, stderr } = await runCli(args, { stdin });
        assert.equal(code, 0, stderr);
        assert.notEqual((stdout + stderr).trim(), "");
      });
    }
  });
});
