import assert from "node:assert/strict";
import { parseRecord } from "../../cli/record/read_record.ts";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "./documents.ts";
import { runCli } from "./run_cli.ts";

Deno.test("show tells from a record what was kept, without the document or the model", async () => {
  await withFolder(async (folder) => {
    const document = passKeyDocument(2400);
    const file = await writeFile(folder, "a.txt", document);
    const args = ["ask", file, passKeyQuestion, "--prompt", "raw"];
    const more = ["--max-tokens", "6", "--set", "window=256"];
    const record = `${folder}/run.json`;
    const asked = await runCli([...args, ...more, "--record", record]);
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(
      asked.stderr,
      /^record: .*run.json, [\d.]+ KiB; parallelcomp show/m,
    );
    await Deno.remove(file);

    const { document: read, answer, chunks, queues } = parseRecord(
      record,
      await Deno.readTextFile(record),
    );
    assert.equal(read!.text, document);
    assert.equal(`${answer!.text}\n`, asked.stdout);
    const planted = chunks.find(({ byteStart, byteEnd }) =>
      document.slice(byteStart, byteEnd).includes("The pass key is 48213")
    )!;
    assert.equal(planted.fate, "kept");
    assert.equal(queues[0]!.steps.length, chunks.length);

    const html = `${folder}/run.html`;
    const shown = await runCli(["show", record, "--html", html]);
    assert.equal(shown.code, 0, shown.stderr);
    const kept = chunks.filter(({ fate }) => fate === "kept").length;
    const gone = chunks.filter(({ fate }) => fate === "evicted").length;
    assert(kept > 0);
    assert.equal(kept + gone, Math.min(16, chunks.length));
    assert.match(
      shown.stdout,
      new RegExp(`chunks +${kept} of ${chunks.length} kept`),
    );
    assert.match(
      shown.stdout,
      new RegExp(`^chunk ${planted.index}, line`, "m"),
    );
    assert.match(
      shown.stdout.replace(/\{\+\d:|\+\}/g, ""),
      /The pass key is 48213/,
    );
    const page = await Deno.readTextFile(html);
    assert.match(
      page,
      new RegExp(
        `<button type="button" class="cell kept[^>]*data-chunk="${planted.index}"`,
      ),
    );
  });
});

Deno.test("show tells of a run that read again what it read, and what it left out", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(2400));
    const record = `${folder}/run.json`;
    const small = ["window=512", "keepEntries=450", "rereadTokens=4000"];
    const asked = await runCli([
      ...["ask", file, passKeyQuestion, "--graph", "reread"],
      ...["--prompt", "raw", "--max-tokens", "6", "--record", record],
      ...small.flatMap((set) => ["--set", set]),
    ]);
    assert.equal(asked.code, 0, asked.stderr);
    const [warning] = /Of \d+ tokens that were kept, \d+ are not read again/
      .exec(asked.stderr)!;

    const html = `${folder}/run.html`;
    const shown = await runCli(["show", record, "--html", html]);
    assert.equal(shown.code, 0, shown.stderr);
    const page = await Deno.readTextFile(html);
    for (const text of [shown.stdout, page]) {
      assert(text.includes(warning));
      assert.match(text, /rereadTokens: [\d,]+ tokens/);
      assert.match(text, /48213/);
    }
    for (const node of ["evicted", "merged", "reread", "refined"]) {
      assert.match(shown.stdout, new RegExp(`^  ${node} +\\d+ chunk`, "m"));
    }
    assert.match(shown.stdout, /^ {2}refined +\d+ chunks? +512 entries/m);
  });
});

const broken: Record<string, [content: string, says: RegExp]> = {
  "no JSON": ["hello", /it is no JSON; give a file that --record wrote/],
  "other JSON": ["{}", /it is no record of a run \(record: /],
  "a later version": [
    '{"record":2}',
    /it has record version 2, this release reads 1/,
  ],
};
for (const [name, [content, says]] of Object.entries(broken)) {
  Deno.test(`show refuses ${name} with one message`, async () => {
    await withFolder(async (folder) => {
      const file = await writeFile(folder, "run.json", content);
      const { code, stdout, stderr } = await runCli(["show", file]);
      assert.equal(code, 5);
      assert.equal(stdout, "");
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    });
  });
}
