import assert from "node:assert/strict";
import { type Block, heading } from "../../../eval/report/blocks.ts";
import { blocksToMarkdown } from "../../../eval/report/blocks_to_markdown.ts";
import { blocksToPage } from "../../../eval/report/blocks_to_page.ts";
import { reportBlocks } from "../../../eval/report/report_blocks.ts";
import { madeRows } from "./made_rows.ts";

const hostile = `<script>alert("1")</script> | *x* \`y\``;

const blocks: readonly Block[] = [
  { kind: "heading", level: 2, text: hostile },
  { kind: "text", text: hostile },
  { kind: "list", items: [hostile] },
  { kind: "commands", lines: [`eval '${hostile}'`] },
  {
    kind: "table",
    caption: hostile,
    head: ["method", hostile],
    rows: [[hostile, { strong: hostile }]],
  },
  { kind: "markdown", text: `## Slow\n\n- \`a\`\n- **b** ${hostile}\n\nEnd.` },
];

Deno.test("blocksToMarkdown() writes tables whose cells are as many as their columns", () => {
  const text = blocksToMarkdown("Title", blocks);
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  assert.equal(lines.length, 3);
  for (const line of lines) {
    assert.equal(line.match(/(?<!\\)\|/g)!.length, 3, line);
  }
  assert.match(text, /^# Title\n\n## /);
  assert.match(text, /\n\| --- \| ---: \|\n/);
  assert(text.includes(`\n\`\`\`sh\neval '${hostile}'\n\`\`\`\n`)); // code is as it is
  const ours = text.slice(0, text.indexOf("## Slow"))
    .replace(/```sh[^]*?```\n/, "");
  assert.doesNotMatch(ours, /(?<!\\)<script/);
});

Deno.test("blocksToMarkdown() sets numbers to the right, and words to the left", () => {
  const table = {
    kind: "table",
    head: ["a", "b"],
    rows: [["x", "1"]],
  } as const;
  const line = (block: Block) =>
    blocksToMarkdown("T", [block]).split("\n").find((l) => l.includes("---"));
  assert.equal(line(table), "| --- | ---: |");
  assert.equal(line({ ...table, words: true }), "| --- | --- |");
});

Deno.test("blocksToPage() shows hostile text as text and loads nothing", async () => {
  const page = await blocksToPage(hostile, blocks);
  assert.doesNotMatch(page, /<script/);
  assert.doesNotMatch(page, /https?:|src=|href=|@import|url\((?!#)/);
  assert.match(page, /<h3>Slow<\/h3>/);
  assert.match(page, /<li><code>a<\/code><\/li>\s*<li><b>b<\/b> &lt;script/);
  assert.match(page, /<p>End\.<\/p>/);
});

Deno.test("a report's page has its charts, its Markdown all of its tables", async () => {
  const blocks = reportBlocks(
    [...madeRows(4, 3), ...madeRows(4, 1, { length: 8192 })],
    { files: [], command: "parallelcomp report rows.jsonl" },
  );
  const count = (kind: Block["kind"]) =>
    blocks.filter((block) => block.kind === kind).length;
  const page = await blocksToPage("Report", blocks);
  assert.equal(page.match(/<svg /g)!.length, count("chart"));
  assert.equal(count("chart"), 1 + 4); // by length; of two lengths, by bytes and by time
  assert.doesNotMatch(page, /https?:|<script|src=|href=|@import|url\((?!#)/);
  const text = blocksToMarkdown("Report", blocks);
  assert.equal(text.match(/^\| --- /gm)!.length, count("table"));
  assert.match(text, /^# Report\n\n5 charts are on the HTML page alone/);
});

Deno.test("a report of many sections begins with links to them", async () => {
  const two = ["a: b on C.gguf", "held_out"].map((text) => heading(2, text));
  const four = [...two, heading(2, "c"), heading(2, "d")];
  const links = ["#a-b-on-cgguf", "#held_out", "#c", "#d"];
  const page = await blocksToPage("Report", four);
  assert.deepEqual([...page.matchAll(/href="(.*?)"/g)].map((m) => m[1]), links);
  assert.deepEqual(
    [...page.matchAll(/<h2 id="(.*?)">/g)].map((m) => `#${m[1]}`),
    links,
  );
  const text = blocksToMarkdown("Report", four);
  assert.match(text, /^# Report\n\n- \[a: b on C\.gguf\]\(#a-b-on-cgguf\)\n/);
  assert.doesNotMatch(await blocksToPage("Report", two), /href=/);
});
