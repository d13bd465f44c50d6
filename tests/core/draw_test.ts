import assert from "node:assert/strict";
import { drawMermaid } from "../../core/draw.ts";
import { loadText } from "./load_text.ts";

Deno.test("drawMermaid() draws nodes, edges with type and facets, and outputs", async () => {
  const plan = await loadText(`version: 1
nodes:
  end: { stage: search, in: { words: marked, in: all }, with: { path: x } }
  w: { stage: words }
  marked: { stage: mark, in: w }
  all: { stage: sentence, in: { words: [w, marked] } }
outputs: { found: end.found, missed: end.missed }
`);
  assert.equal(
    drawMermaid(plan),
    `flowchart TD
  n0["w<br/>words"]
  n1["marked<br/>mark"]
  n2["all<br/>sentence"]
  n3["end<br/>search"]
  n0 -->|"test/word"| n1
  n0 -->|"test/word"| n2
  n1 -->|"test/word +marked"| n2
  n1 -->|"test/word +marked"| n3
  n2 -.->|"test/sentence"| n3
  n3 -->|"test/word +marked"| o0(["found"])
  n3 -->|"test/word"| o1(["missed"])
`,
  );
});
