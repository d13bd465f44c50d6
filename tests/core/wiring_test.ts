import assert from "node:assert/strict";
import { EMPTY } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { issuesOf } from "./load_text.ts";
import { Sentence, testRegistry, Word } from "./test_stages.ts";

/** Issues of a graph with a node `w` that gives words, and the lines given; the first of them is line 4. */
const issuesWith = (nodes: string, outputs = "{ o: w }") =>
  issuesOf(
    `version: 1\nnodes:\n  w: { stage: words }\n${nodes}\noutputs: ${outputs}\n`,
  );

Deno.test("loadGraph() reports unknown nodes, stages and outputs", async () => {
  const issues = await issuesWith(
    "  r: { stage: repeat, in: ww }\n  t: { stage: repeat, in: w.outt }\n  u: { stage: seach }",
    "{ o: w, q: r.ot, s: x }",
  );
  assert.deepEqual(issues, [
    "4:27 nodes.r.in: Unknown node 'ww'; did you mean 'w'?",
    "5:27 nodes.t.in: Node 'w' (words) has no output 'outt'; did you mean 'out'?",
    "6:15 nodes.u.stage: Unknown stage 'seach'; did you mean 'search'?",
    "7:21 outputs.q: Node 'r' (repeat) has no output 'ot'; did you mean 'out'?",
    "7:30 outputs.s: Unknown node 'x'; known: w, r, t, u",
  ]);
});

Deno.test("loadGraph() wants ports named where there are several", async () => {
  const issues = await issuesWith(
    "  f: { stage: search, in: w, with: { path: x } }",
    "{ o: f }",
  );
  assert.deepEqual(issues, [
    "4:27 nodes.f.in: Stage 'search' has several inputs; name them: words, in",
    "5:15 outputs.o: Node 'f' has several outputs; write f.found or f.missed",
  ]);
});

Deno.test("loadGraph() reports inputs that a stage does not have", async () => {
  const issues = await issuesWith(
    "  v: { stage: words, in: w }\n  u: { stage: words, in: { x: w } }\n  s: { stage: sentence, in: { wrds: w } }",
  );
  assert.deepEqual(issues, [
    "4:26 nodes.v.in: Stage 'words' has no inputs; remove 'in'",
    "5:28 nodes.u.in.x: Stage 'words' has no input 'x'; there are none",
    "6:31 nodes.s.in.wrds: Stage 'sentence' has no input 'wrds'; did you mean 'words'?",
  ]);
});

Deno.test("loadGraph() reports required inputs that are not connected", async () => {
  const issues = await issuesWith(
    "  r: { stage: repeat }\n  s: { stage: sentence, in: { extra: w } }",
  );
  assert.deepEqual(issues, [
    "4:3 nodes.r.in.in: Input 'in' (test/word) of stage 'repeat' is not connected; nodes that give it: w",
    "5:25 nodes.s.in.words: Input 'words' (test/word) of stage 'sentence' is not connected; nodes that give it: w, r",
  ]);
});

Deno.test("loadGraph() reports edges between different types", async () => {
  const issues = await issuesWith(
    "  s: { stage: sentence, in: { words: w } }\n  r: { stage: repeat, in: s }",
  );
  assert.deepEqual(issues, [
    "5:27 nodes.r.in: Type mismatch: s.whole is test/sentence, r.in wants test/word",
  ]);
});

Deno.test("loadGraph() lets a single input take one value only", async () => {
  const issues = await issuesWith(`  m: { stage: mark, in: w }
  s: { stage: sentence, in: { words: w } }
  t: { stage: sentence, in: { words: w } }
  f: { stage: search, in: { words: m, in: [s, t] }, with: { path: x } }
  g: { stage: sentence, in: { words: [w, w] } }`);
  assert.deepEqual(issues, [
    "7:39 nodes.f.in.in: Input 'in' takes one value, but 2 outputs are connected",
    "8:42 nodes.g.in.words.1: 'w.out' is listed twice",
  ]);
});

Deno.test("loadGraph() prints cycles, and nothing that follows from them", async () => {
  const issues = await issuesWith(`  a: { stage: repeat, in: b }
  b: { stage: mark, in: c }
  c: { stage: repeat, in: a }
  s: { stage: sentence, in: { words: c } }
  z: { stage: repeat, in: z }`);
  assert.deepEqual(issues, [
    "4:3 nodes.a: Cycle: a -> b -> c -> a",
    "8:3 nodes.z: Cycle: z -> z",
  ]);
});

Deno.test("loadGraph() names the facet that is missing, the edge, and who gives it", async () => {
  const issues = await issuesWith(`  s: { stage: sentence, in: { words: w } }
  m: { stage: mark, in: w }
  both: { stage: repeat, in: [m, w] }
  long: { stage: repeat, in: m }
  f: { stage: search, in: { words: both, in: s }, with: { path: x } }
  g: { stage: search, in: { words: [long, w], in: s }, with: { path: x } }
  h: { stage: search, in: { words: long, in: s }, with: { path: x } }`);
  const remedy = "stages that give it: mark";
  assert.deepEqual(issues, [
    `8:36 nodes.f.in.words: Facet 'marked' is missing on both.out -> f.words; ${remedy}`,
    `9:29 nodes.g.in.words: Facet 'marked' is missing on w.out -> g.words; ${remedy}`,
  ]);
});

Deno.test("loadGraph() says nothing about facets that an earlier issue hides", async () => {
  const issues = await issuesWith(`  s: { stage: sentence, in: { words: w } }
  m: { stage: mrk, in: w }
  r: { stage: repeat, in: m }
  q: { stage: repeat, in: r }
  f: { stage: search, in: { words: m, in: s }, with: { path: x } }
  g: { stage: search, in: { words: [q, r], in: s }, with: { path: x } }`);
  assert.deepEqual(issues, [
    "5:15 nodes.m.stage: Unknown stage 'mrk'; did you mean 'mark'?",
  ]);
});

Deno.test("loadGraph() lets no stream into a single input, but a single output into a stream", async () => {
  const sentences = defineStage({
    name: "sentences",
    summary: "Many sentences, and a word",
    inputs: {},
    outputs: { all: stream(Sentence), word: single(Word) },
    options: z.object({}),
    run: () => ({ all: EMPTY, word: EMPTY }),
  });
  const issues = await issuesOf(
    `version: 1
nodes:
  s: { stage: sentences }
  m: { stage: mark, in: s.word }
  f: { stage: search, in: { words: m, in: s.all }, with: { path: x } }
outputs: { o: f.found }
`,
    { registry: testRegistry(sentences) },
  );
  assert.deepEqual(issues, [
    "5:43 nodes.f.in.in: f.in takes one value, but s.all is a stream",
  ]);
});

Deno.test("loadGraph() reports an optional input that a node's options need", async () => {
  const say = defineStage({
    name: "say",
    summary: "Says words, in a tone where it is told to",
    inputs: {
      in: stream(Word),
      tone: stream(Word, { optional: true, neededBy: ({ loud }) => loud }),
    },
    outputs: { out: stream(Word) },
    options: z.object({ loud: z.boolean().default(false) }),
    run: () => ({ out: EMPTY }),
  });
  const registry = testRegistry().add(say);
  const issues = (options: string) =>
    issuesOf(
      `version: 1\nnodes:\n  w: { stage: words }\n  s: { stage: say, in: { in: w }${options} }\noutputs: { o: s }\n`,
      { registry },
    );
  assert.deepEqual(await issues(", with: { loud: true }"), [
    "4:20 nodes.s.in.tone: Input 'tone' (test/word) of stage 'say' is not connected, but its options need it; nodes that give it: w",
  ]);
  assert.deepEqual(await issues(", with: { loud: 3 }"), [
    "4:49 nodes.s.with.loud: Expected boolean; got 3",
  ]);
  assert.deepEqual(await issues(""), []);
});
