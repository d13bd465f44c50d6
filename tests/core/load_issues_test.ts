import assert from "node:assert/strict";
import { issuesOf } from "./load_text.ts";

/** Head of a graph with a node `w` that gives words. */
const HEAD = "version: 1\nnodes:\n  w: { stage: words }\n";

Deno.test("loadGraph() wants version: 1", async () => {
  const rest = "nodes: { w: { stage: words } }\noutputs: { o: w }\n";
  assert.deepEqual(await issuesOf(rest), [
    "1:1 version: Required key 'version' is missing; write 'version: 1', the only one that this release reads",
  ]);
  assert.deepEqual(await issuesOf(`version: 2\n${rest}`), [
    "1:10 version: Write 'version: 1', the only one that this release reads; got 2",
  ]);
});

Deno.test("loadGraph() reports unknown keys at the key", async () => {
  const issues = await issuesOf(
    "version: 1\nsumary: x\nnodes: { w: { stage: words, of: 1 }, r: { stage: repeat, inn: w } }\noutputs: { o: w }\n",
  );
  assert.deepEqual(issues, [
    "2:1 sumary: Unknown key 'sumary'; did you mean 'summary'?",
    "3:29 nodes.w.of: Unknown key 'of'; known: stage, in, with",
    "3:58 nodes.r.inn: Unknown key 'inn'; did you mean 'in'?",
  ]);
});

Deno.test("loadGraph() reports values of the wrong shape, and checks the rest", async () => {
  const issues = await issuesOf(`version: 1
use: 3
params: []
nodes:
  w: words
  v: { stage: 3 }
  W: { stage: words }
  r: { stage: repeat, in: 5, with: { tims: 1 } }
  s: { stage: sentence, in: { words: [v, A.b.c], extra: 7 } }
outputs: { o: w, p: 4, q: nn }
`);
  assert.deepEqual(issues, [
    "2:6 use: Expected list; got 3",
    "3:1 params: Expected mapping; got []",
    '5:6 nodes.w: Expected mapping; got "words"',
    "6:15 nodes.v.stage: Expected string; got 3",
    "7:3 nodes.W: Bad name 'W'; start with a-z, go on with a-z, 0-9, _ and -",
    "8:27 nodes.r.in: Expected string or list or mapping; got 5",
    "8:38 nodes.r.with.tims: Unknown option 'tims'; did you mean 'times'?",
    '9:42 nodes.s.in.words.1: Write node or node.port; got "A.b.c"',
    "9:57 nodes.s.in.extra: Expected string or list; got 7",
    "10:21 outputs.p: Expected string; got 4",
    "10:27 outputs.q: Unknown node 'nn'; known: r, s",
  ]);
});

Deno.test("loadGraph() reports a text that is no graph at all", async () => {
  for (const text of ["", "# nothing\n", "hello\n", "- a\n", "3\n"]) {
    assert.deepEqual(
      (await issuesOf(text)).map((issue) => issue.replace(/^\S+ /, "")),
      ["A graph has version, nodes and outputs as its keys"],
    );
  }
  assert.deepEqual(await issuesOf(HEAD + "outputs: {}\n"), [
    "4:1 outputs: Name at least one output, or nothing runs",
  ]);
});

Deno.test("loadGraph() reports every syntax error, and nothing that follows from it", async () => {
  assert.deepEqual(await issuesOf("version: 1\n\tnodes: x\n a: 'b\n"), [
    "2:1: Tabs are not allowed as indentation",
    "2:9: Nested mappings are not allowed in compact mappings",
    "3:5: Missing closing quote of the text that begins here",
  ]);
  assert.deepEqual(await issuesOf(HEAD + "outputs: { o: [w\nuse: []\n"), [
    "4:15: Missing closing ] of the list that begins here, or its lines are not indented enough",
  ]);
  assert.deepEqual(await issuesOf(HEAD + "outputs: { o: w }\n---\na: 1\n"), [
    "5:1: A graph file holds one document; remove '---'",
  ]);
  assert.deepEqual(await issuesOf(HEAD + "outputs: { o: !x w }\n"), [
    "4:15: Unresolved tag: !x",
  ]);
});

Deno.test("loadGraph() reports duplicate keys and goes on", async () => {
  const issues = await issuesOf(
    HEAD + "  w: { stage: mrk, in: w, in: w }\noutputs: { o: w }\n",
  );
  assert.deepEqual(
    issues,
    [
      "4:3 nodes.w: Duplicate key 'w'",
      "4:15 nodes.w.stage: Unknown stage 'mrk'; did you mean 'mark'?",
      "4:27 nodes.w.in: Duplicate key 'in'",
    ],
  );
});

Deno.test("loadGraph() reads aliases, and reports those that lead nowhere", async () => {
  const shared = "  v: { stage: words, with: &o { list: [x] } }\n" +
    "  u: { stage: words, with: *o }\noutputs: { o: w, v: v, u: u }\n";
  assert.deepEqual(await issuesOf(HEAD + shared), []);
  assert.deepEqual(await issuesOf("version: 1\nnodes: *x\n"), [
    "2:8 nodes: Unknown alias '*x'; mark its value with '&x'",
  ]);
  assert.deepEqual(await issuesOf("version: &a [*a]\n"), [
    "1:1: An anchor may not contain an alias of itself",
  ]);
});

Deno.test("loadGraph() survives an alias bomb", async () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) {
    lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]`);
  }
  assert.deepEqual(await issuesOf(lines.join("\n") + "\n"), [
    "1:1: Excessive alias count indicates a resource exhaustion attack",
  ]);
});

Deno.test("loadGraph() is not fooled by names that every object has", async () => {
  const issues = await issuesOf(`version: 1
nodes:
  constructor: { stage: toString, in: { hasOwnProperty: w } }
  w: { stage: words, with: { valueOf: "\${constructor}" } }
  r: { stage: repeat, in: { constructor: w } }
outputs: { o: constructor.valueOf, p: w.constructor }
`);
  assert.deepEqual(issues, [
    "3:25 nodes.constructor.stage: Unknown stage 'toString'; known: mark, repeat, search, sentence, words",
    "4:30 nodes.w.with.valueOf: Unknown option 'valueOf'; known: list",
    "4:39 nodes.w.with.valueOf: Unknown parameter 'constructor'; there are none",
    "5:23 nodes.r.in.in: Input 'in' (test/word) of stage 'repeat' is not connected; nodes that give it: w",
    "5:29 nodes.r.in.constructor: Stage 'repeat' has no input 'constructor'; known: in",
    "6:39 outputs.p: Node 'w' (words) has no output 'constructor'; known: out",
  ]);
  const proto = HEAD + "  __proto__: { stage: mark }\noutputs: { o: w }\n";
  assert.deepEqual(await issuesOf(proto), [
    "4:3 nodes: Key '__proto__' is not a name",
  ]);
});

Deno.test("loadGraph() says of a binary file that it is none of ours, once", async () => {
  assert.deepEqual(await issuesOf("\x7fELF\0\0: [\n\0"), [
    " It holds NUL bytes, so it is no YAML or JSON text",
  ]);
});
