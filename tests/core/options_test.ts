import assert from "node:assert/strict";
import { of } from "rxjs";
import { z } from "zod";
import { defineStage } from "../../core/stage.ts";
import { stream } from "../../core/port.ts";
import { issuesOf } from "./load_text.ts";
import { testRegistry, Word } from "./test_stages.ts";

/** A stage whose options have every shape. */
const rich = defineStage({
  name: "rich",
  summary: "Has many options",
  inputs: {},
  outputs: { out: stream(Word) },
  options: z.object({
    size: z.int().min(1).default(3),
    keep: z.union([
      z.number(),
      z.object({ share: z.number().max(1), round: z.boolean().optional() }),
    ]).default(1),
    room: z.union([
      z.strictObject({ share: z.number() }),
      z.strictObject({ entries: z.number() }),
    ]).optional(),
    rules: z.array(z.strictObject({ zone: z.enum(["sink", "recent"]) }))
      .default([]),
    kind: z.discriminatedUnion("type", [
      z.object({ type: z.literal("a"), n: z.number() }),
      z.object({ type: z.literal("b") }),
    ]).optional(),
    byName: z.record(z.string(), z.object({ n: z.number() })).optional(),
  }),
  run: () => ({ out: of() }),
});

/** Issues of a node with these options, without the part that is always the same. */
async function issuesOfOptions(options: string): Promise<string[]> {
  const text = `version: 1
nodes:
  r:
    stage: rich
    with: ${options}
outputs: { o: r }
`;
  const issues = await issuesOf(text, { registry: testRegistry(rich) });
  return issues.map((issue) => issue.replace("nodes.r.with.", ""));
}

Deno.test("loadGraph() says what is wrong with an option and what it got", async () => {
  assert.deepEqual(await issuesOfOptions("{ size: 0.5, keep: many }"), [
    "5:19 size: Expected whole number; got 0.5",
    '5:30 keep: Expected number or mapping; got "many"',
  ]);
  assert.deepEqual(await issuesOfOptions("{ size: 0, keep: { share: 2 } }"), [
    "5:19 size: Too small: expected number to be >=1; got 0",
    "5:37 keep.share: Too big: expected number to be <=1; got 2",
  ]);
  assert.deepEqual(await issuesOfOptions("{ keep: {}, kind: { type: a } }"), [
    "5:13 keep.share: Required option 'share' is missing; expected number",
    "5:23 kind.n: Required option 'n' is missing; expected number",
  ]);
});

Deno.test("loadGraph() finds unknown options at every depth", async () => {
  const issues = await issuesOfOptions(
    "{ sise: 2, keep: { share: 1, rond: 1 }, rules: [{ zone: sink, lenght: 4 }], byName: { x: { n: 1, m: 2 } } }",
  );
  assert.deepEqual(issues, [
    "5:13 sise: Unknown option 'sise'; did you mean 'size'?",
    "5:40 keep.rond: Unknown option 'rond'; did you mean 'round'?",
    "5:73 rules.0.lenght: Unknown option 'lenght'; known: zone",
    "5:108 byName.x.m: Unknown option 'm'; known: n",
  ]);
});

Deno.test("loadGraph() tells keys of two forms apart from keys of none", async () => {
  assert.deepEqual(
    await issuesOfOptions("{ room: { share: 1, entries: 5 } }"),
    [
      "5:31 room.entries: 'entries' does not go with 'share'; write one of them",
    ],
  );
  assert.deepEqual(await issuesOfOptions("{ kind: { type: b, n: 5 } }"), [
    "5:30 kind.n: Unknown option 'n'; known: type",
  ]);
});

Deno.test("loadGraph() explains a union by the form that was meant", async () => {
  assert.deepEqual(await issuesOfOptions("{ kind: { type: c } }"), [
    `5:27 kind.type: Invalid discriminator value. Expected 'a' | 'b'; got "c"`,
  ]);
  assert.deepEqual(await issuesOfOptions("{ rules: [{ zone: snk }] }"), [
    `5:29 rules.0.zone: Expected "sink" or "recent"; got "snk"`,
  ]);
  assert.deepEqual(await issuesOfOptions("{ keep: { share: x, rnd: 1 } }"), [
    `5:28 keep.share: Expected number; got "x"`,
    `5:31 keep.rnd: Unknown option 'rnd'; known: share, round`,
  ]);
});

Deno.test("loadGraph() does not miss an option that is probably misspelt", async () => {
  const issues = await issuesOf(`version: 1
nodes:
  w: { stage: words }
  m: { stage: mark, in: w }
  s: { stage: sentence, in: { words: w } }
  f: { stage: search, in: { words: m, in: s }, with: { pth: x } }
  g: { stage: search, in: { words: m, in: s } }
outputs: { o: w }
`);
  assert.deepEqual(issues, [
    "6:56 nodes.f.with.pth: Unknown option 'pth'; did you mean 'path'?",
    "7:3 nodes.g.with.path: Required option 'path' is missing; expected string",
  ]);
});

Deno.test("loadGraph() reports parameters: unknown, unread, not declared, in longer texts", async () => {
  const issues = await issuesOf(
    `version: 1
params: { n: 2, dir: x, o: { a: 1 }, self: "\${dir}", spare: 1 }
nodes:
  w: { stage: words, with: { list: ["\${dir}/a", "\${nn}", "x\${o}", "\${self}"] } }
  r: { stage: repeat, in: w, with: { times: "\${dir}" } }
outputs: { o: r }
`,
    { params: { spre: 1, dir: "y" } },
  );
  assert.deepEqual(issues, [
    "2:1 params.spre: Parameter 'spre' was given but is not declared; did you mean 'spare'?",
    "2:44 params.self: A parameter cannot refer to another; combine them where they are used, under 'with'",
    "2:54 params.spare: No option reads parameter 'spare'; use it as ${spare} or remove it",
    "4:49 nodes.w.with.list.1: Unknown parameter 'nn'; did you mean 'n'?",
    `4:58 nodes.w.with.list.2: Parameter 'o' is {"a":1}; only text, numbers and booleans can be part of a longer text`,
    `5:45 nodes.r.with.times: Expected number; got "y" (from "\${dir}")`,
  ]);
});
