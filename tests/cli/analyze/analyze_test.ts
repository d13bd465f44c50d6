import assert from "node:assert/strict";
import type { AttentionAnalysis } from "../../../eval/analysis/analysis.ts";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "../documents.ts";
import { runCli } from "../run_cli.ts";

const ask = ["--question", passKeyQuestion];
const small = ["--set", "window=256", "--widths", "64,200"];

Deno.test("analyze says how the question attends to each chunk and to all as one, and writes JSON and a page", async () => {
  await withFolder(async (folder) => {
    const book = await writeFile(folder, "book.txt", passKeyDocument(500));
    const [json, page] = [`${folder}/data.json`, `${folder}/page.html`];
    const files = ["--output", json, "--html", page];
    const result = await runCli(["analyze", book, ...ask, ...small, ...files]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /sink mass +0\.\d{3} +0\.\d{3}/);
    assert.match(result.stdout, /bound, not tight/);

    const data = JSON.parse(
      await Deno.readTextFile(json),
    ) as AttentionAnalysis;
    const { local, merged, documentChunks, epsilons } = data;
    assert.equal(data.again, undefined);
    assert.doesNotMatch(result.stdout, /read again/);
    assert(documentChunks > 1);
    assert.equal(local.chunks.length, documentChunks);
    assert.equal(merged.chunks.length, documentChunks);
    assert.equal(local.heads.length, merged.heads.length);
    for (const { sink, middle, recent, share } of merged.heads) {
      assert(Math.abs(sink + middle + recent - 1) < 1e-6);
      assert(share > 0 && share <= 1 + 1e-6);
    }
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    assert(Math.abs(sum(merged.chunks.map(({ mass }) => mass)) - 1) < 1e-6);
    assert.equal(
      sum(Object.values(local.shapes)),
      documentChunks * local.heads.length,
    );
    const entries = sum(merged.chunks.map(({ entries }) => entries));
    assert(entries >= data.documentTokens); // the lead comes on top
    assert.deepEqual(epsilons, [0.001, 0.01, 0.1]);
    assert.equal(data.widths.length, 2);
    const [narrow, wide] = data.widths;
    assert(narrow!.width <= 64 && wide!.width === 200);
    assert(narrow!.chunks > wide!.chunks);
    for (const { effective } of wide!.heads) {
      assert(effective[0]! >= effective[1]! && effective[1]! >= effective[2]!);
      assert(effective[0]! <= 200);
    }
    assert.deepEqual(data.calibration, []);

    const html = await Deno.readTextFile(page);
    assert.match(html, /Shape of every head/);
    assert.match(html, /The bound is not tight/);
    assert.match(html, /does not calibrate/);
    assert((html.match(/<svg /g) ?? []).length >= 12);
    assert.doesNotMatch(html, /https?:|<script|src=|href=(?!"#)|url\((?!#)/);
  });
});

Deno.test("analyze counts abnormal entries around a calibration, and takes other limits", async () => {
  await withFolder(async (folder) => {
    const book = await writeFile(folder, "book.txt", passKeyDocument(500));
    const run = async (...flags: string[]) => {
      const args = ["analyze", book, ...ask, ...small, "--json", ...flags];
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as AttentionAnalysis;
    };
    const rules = "[{zone: all, lambda: 0.02, rows: 8}]";
    const data = await run(
      ...["--graph", "parallelcomp", "--set", `rules=${rules}`],
      ...["--set", "keepChunks=2", "--set", "keepEntries=512"],
      ...["--abnormal", "0.02,0.1"],
    );
    assert.equal(data.local.chunks.length, 2);
    const [effect] = data.calibration;
    assert.equal(effect!.stage, "calibrate");
    assert.equal(effect!.caches, 2);
    assert(effect!.entriesAfter < effect!.entriesBefore);
    const above = (when: "before" | "after") =>
      effect!.heads.reduce((sum, head) => sum + head[when][0]!, 0);
    assert(above("before") > 0);

    const loose = await run(
      "--limit",
      "uMass=0.001",
      "--limit",
      "uniformEntropy=2",
    );
    assert.equal(
      loose.local.shapes.u,
      loose.local.heads.length * loose.documentChunks,
    );
    assert.equal(loose.limits.zoneWidth, 100);
  });
});

Deno.test("analyze of a graph that reads again looks at what is decoded over, by the chunks that it came from", async () => {
  await withFolder(async (folder) => {
    const book = await writeFile(folder, "book.txt", passKeyDocument(500));
    const [json, page] = [`${folder}/data.json`, `${folder}/page.html`];
    const few = ["--set", "rereadTokens=60", "--set", "answerEntries=24"];
    const args = ["analyze", book, ...ask, ...small, "--graph", "reread"];
    const { code, stdout, stderr } = await runCli(
      [...args, ...few, "--output", json, "--html", page],
    );
    assert.equal(code, 0, stderr);
    const data = JSON.parse(
      await Deno.readTextFile(json),
    ) as AttentionAnalysis;
    const { local, merged, again } = data;
    assert.equal(again, true);
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    assert(Math.abs(sum(merged.chunks.map(({ mass }) => mass)) - 1) < 1e-6);
    const entries = sum(merged.chunks.map(({ entries }) => entries));
    assert(Math.abs(entries - 24) < 1e-6, `${entries}`);
    assert.deepEqual(
      local.chunks.map(({ chunk }) => chunk),
      merged.chunks.map(({ chunk }) => chunk),
    );
    assert(local.chunks.every(({ entries }) => entries > 24)); // whole chunks
    assert.match(
      await Deno.readTextFile(page),
      /read again as one text, and that is the merged cache/,
    );
    assert.match(
      stdout,
      /^merged: what is left of these chunks, read again as one text$/m,
    );
  });
});

Deno.test("analyze says in one line what cannot be used", async () => {
  await withFolder(async (folder) => {
    const book = await writeFile(folder, "book.txt", passKeyDocument(60));
    const empty = await writeFile(folder, "empty.txt", "");
    const refuses = async (
      code: number,
      message: RegExp,
      ...args: string[]
    ) => {
      const result = await runCli(["analyze", ...args]);
      assert.match(result.stderr, message);
      assert.equal(result.code, code, result.stderr);
      assert.equal(result.stdout, "");
    };
    await refuses(2, /required option '--question/, book);
    await refuses(5, /document is empty/, empty, ...ask);
    await refuses(5, /no\.txt/, `${folder}/no.txt`, ...ask);
    await refuses(5, /question is empty/, book, "--question", " ");
    await refuses(
      2,
      /did you mean 'uMass'/,
      book,
      ...ask,
      "--limit",
      "umass=1",
    );
    await refuses(2, /name=number/, book, ...ask, "--limit", "uMass=much");
    await refuses(2, /between 0 and 1/, book, ...ask, "--epsilon", "0.1,2");
    await refuses(2, /'9999' entries wide/, book, ...ask, "--widths", "9999");
    await refuses(
      2,
      /name two files/,
      book,
      ...ask,
      ..."--html x --output x".split(" "),
    );
    await refuses(
      2,
      /it is the file that is read/,
      book,
      ...ask,
      "--output",
      book,
    );
    await refuses(
      3,
      /NoSuch|no\.yaml|graph/i,
      book,
      ...ask,
      "--graph",
      "no.yaml",
    );
  });
});
