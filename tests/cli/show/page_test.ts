import assert from "node:assert/strict";
import { page } from "../../../cli/show/page.ts";
import type { PageData } from "../../../cli/show/page_data.ts";
import { marks } from "../../../cli/show/ink.ts";
import { textReport } from "../../../cli/show/text_report.ts";
import { oneChunkRecord } from "../record/sample_record.ts";
import { longRecord } from "./long_record.ts";

const hostile =
  `</script><script>alert("1")</script>&'"\u2028\u2029<!-- \u001b[2J`;

function dataOf(text: string): PageData {
  const [, json] = /<script type="application\/json" id="run">(.*?)<\/script>/s
    .exec(text)!;
  return JSON.parse(json!);
}

Deno.test("page() shows hostile text as text, wherever it comes from", () => {
  const record = {
    ...oneChunkRecord(hostile, [[0, 2], [0, 9]]),
    question: hostile,
    answer: {
      text: hostile,
      finish: "stop" as const,
      tokens: 1,
      contextTokens: 1,
    },
    command: [hostile],
    graph: {
      file: hostile,
      summary: hostile,
      params: { [hostile]: hostile },
      nodes: [{
        name: hostile,
        stage: hostile,
        options: { hostile },
        inputs: {},
      }],
      outputs: {},
    },
    queues: [{
      node: hostile,
      stage: hostile,
      steps: [{ at: 1, chunk: 0, score: 1, out: [] }],
    }],
    hashes: { [hostile]: hostile },
  };
  const text = page(record);
  assert.equal(text.match(/<script/g)!.length, 2);
  assert.equal(text.match(/<\/script>/g)!.length, 2);
  assert.doesNotMatch(text, /alert\("1"\)<|<!-- /);
  const shown = dataOf(text).chunks[0]!.parts.map(([part]) => part).join("");
  assert.equal(shown, hostile);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(textReport(record, marks), /\u001b/);
});

Deno.test("page() asks for nothing from outside", () => {
  const text = page(oneChunkRecord("abc", [[0, 4]]));
  assert.doesNotMatch(text, /https?:|src=|href=|@import|url\((?!#)/);
  assert.match(text, /content="default-src &#39;none&#39;; style-src/);
});

Deno.test("the record of 131,072 tokens stays under 2 MB beside its text, its page under 5 MB", () => {
  const record = longRecord({ tokens: 131_072, layers: 30, kvHeads: 3 });
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const { document } = record;
  assert(document!.bytes > 400_000);
  assert(bytes(JSON.stringify(record)) - document!.bytes < 2e6);
  assert(bytes(page(record)) < 5e6);
});
