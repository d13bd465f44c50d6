import assert from "node:assert/strict";
import { DocumentText } from "../../../cli/show/document_text.ts";
import { marks } from "../../../cli/show/ink.ts";
import { markedText } from "../../../cli/show/marked_text.ts";
import { page } from "../../../cli/show/page.ts";
import { pageData } from "../../../cli/show/page_data.ts";
import { scoreShades } from "../../../cli/show/score_shades.ts";
import { lastHeld, stageEntries } from "../../../cli/show/stage_entries.ts";
import { textReport } from "../../../cli/show/text_report.ts";
import { sampleRecord } from "../record/sample_record.ts";

const chunk = {
  line: 1,
  tokens: 3,
  lead: 1,
  at: null,
};
const pieces = (byteStart: number) => [{ byteStart, lengths: [1, 1, 1] }];

/** Chunk 0 is kept, 1 was merged and is gone, 2 was never merged. */
const record = sampleRecord({
  document: { name: "a.txt", bytes: 9, tokens: 9, text: "abcdefghi" },
  chunks: [
    {
      ...chunk,
      index: 0,
      byteStart: 0,
      byteEnd: 3,
      score: 0.9,
      fate: "kept",
      pieces: pieces(0),
    },
    {
      ...chunk,
      index: 1,
      byteStart: 3,
      byteEnd: 6,
      score: 0.8,
      fate: "evicted",
      pieces: pieces(3),
    },
    {
      ...chunk,
      index: 2,
      byteStart: 6,
      byteEnd: 9,
      score: 0.85,
      fate: "dropped",
    },
  ],
  sets: {
    layers: 1,
    kvHeads: 2,
    lists: [[0, 4], [2, 3], [], [1, 2]],
    stages: [
      {
        node: "merged",
        stage: "merge",
        before: null,
        chunks: [{ chunk: 0, heads: [0, 0] }, { chunk: 1, heads: [1, 2] }],
      },
      {
        node: "again",
        stage: "reread",
        before: 0,
        chunks: [{ chunk: 0, heads: [3, 3] }],
      },
    ],
  },
});

Deno.test("stageEntries() gives entries a head of every stage, by chunk and together", () => {
  assert.deepEqual(stageEntries(record), [
    {
      node: "merged",
      stage: "merge",
      chunks: new Map([[0, 4], [1, 0.5]]),
      entries: 4.5,
    },
    { node: "again", stage: "reread", chunks: new Map([[0, 1]]), entries: 1 },
  ]);
});

Deno.test("lastHeld() gives the last stage that left anything of a chunk", () => {
  assert.equal(lastHeld(record, 0)!.stage.node, "again");
  assert.equal(lastHeld(record, 1)!.stage.node, "merged");
  assert.equal(lastHeld(record, 2), undefined);
});

Deno.test("markedText() marks a kept chunk by what is left in the end, an evicted one by what was left last", () => {
  const text = new DocumentText("abcdefghi");
  const parts = (i: number) => markedText(record, record.chunks[i]!, text);
  assert.deepEqual(parts(0), [["a", 2], ["bc", 0]]);
  assert.deepEqual(parts(1), [["d", 0], ["e", 1], ["f", 0]]);
  assert.deepEqual(parts(2), [["ghi", 0]]);
});

Deno.test("pageData() says of an evicted chunk what its marks are", () => {
  const titles = pageData(record).chunks.map(({ title, kept }) => [
    title.split(", ").at(-1),
    kept,
  ]);
  assert.deepEqual(titles, [
    ["kept", true],
    ["evicted whole; marked is what was left after merged", false],
    ["dropped", false],
  ]);
});

Deno.test("page() shows every stage, evicted chunks among the cells, and no column for them in the kept set", () => {
  const text = page(record);
  assert.match(text, /class="cell evicted[^>]*data-chunk="1"/);
  assert.match(text, /evicted whole 1</);
  const row = (node: string) =>
    new RegExp(`<th scope="row">${node} <small>.*?</tr>`, "s").exec(text)![0]
      .match(/<td>[^<]*/g)!.map((cell) => cell.slice(4));
  assert.deepEqual(row("merged"), ["4", "0.5", "4.5"]);
  assert.deepEqual(row("again"), ["1", "–", "1"]);
  const [columns] = /<div class="columns">.*?<\/div>/s.exec(text)!;
  assert.match(columns, /chunk 0/);
  assert.doesNotMatch(columns, /chunk 1/);
  assert.match(text, /stand where they stand in their chunk/);
});

Deno.test("textReport() counts evicted chunks apart, and says what every stage left", () => {
  const text = textReport(record, marks);
  assert.match(text, /1 of 3 kept, 1 more merged and then evicted whole/);
  assert.match(text, /^ {2}merged +2 chunks +5 entries a head$/m);
  assert.match(text, /^ {2}again +1 chunk +1 entries a head$/m);
  assert.doesNotMatch(text, /^chunk 1/m);
});

Deno.test("scoreShades() counts evicted chunks to those that were chosen by score", () => {
  const shades = scoreShades(
    record.chunks.map((chunk) =>
      chunk.fate === "evicted" ? { ...chunk, score: 1 } : chunk
    ),
  );
  assert.deepEqual(shades.map((shade) => shade! > 0.5), [false, true, false]);
});
