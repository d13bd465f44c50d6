import assert from "node:assert/strict";
import { lastValueFrom, map, type Observable, of, toArray } from "rxjs";
import { z } from "zod";
import { fusePlan } from "../../core/fuse.ts";
import type { GraphFile, GraphNode } from "../../core/graph.ts";
import { planGraph } from "../../core/load.ts";
import type { Plan } from "../../core/plan.ts";
import { type Ports, single, stream } from "../../core/port.ts";
import { runGraph } from "../../core/run.ts";
import {
  type AnyStage,
  defineStage,
  type FuseNext,
  isStage,
} from "../../core/stage.ts";
import { testRegistry, Word } from "./test_stages.ts";

/** Adds the option `by` behind every word, and what `glue` says. */
const add = (name: string, more: Partial<AnyStage> = {}): AnyStage =>
  defineStage({
    name,
    summary: "Adds something",
    inputs: {
      in: stream(Word),
      glue: single(Word, { optional: true }),
    } as Ports,
    outputs: { out: stream(Word, { like: "in" }) } as Ports,
    options: z.object({ by: z.string().default("") }),
    run: ({ in: words }, { by }) => ({
      out: (words as Observable<string>).pipe(map((word) => word + by)),
    }),
    ...more,
  });

const seen: FuseNext[] = [];
/** Adds in one step what it and the next one add, and a mark; fuses with `late` alone. */
const early = add("early", {
  fuse: ({ by }, next) => {
    seen.push(next);
    if (next.stage.name !== "late") return `${next.stage.name} is not late`;
    const both = by + (next.options as { by: string }).by;
    return add("both", {
      run: ({ in: words }) => ({
        out: (words as Observable<string>).pipe(map((w) => `(${w}${both})`)),
      }),
      fuse: (_options, then) => early.fuse!({ by: both }, then),
    });
  },
});
const late = add("late", { follows: true });
const wall = add("wall", { stops: "it is made of stone" });
const open = add("open");
const needy = add("needy", {
  inputs: { in: stream(Word, { needs: ["marked"] }) },
  outputs: { out: stream(Word) },
});

const node = (
  stage: string,
  input: GraphNode["in"],
  by = stage,
): GraphNode => ({
  stage,
  ...(input !== undefined && { in: input }),
  with: { by },
});

function plan(
  nodes: Record<string, GraphNode>,
  outputs: Record<string, string>,
  more: Partial<GraphFile> = {},
): Promise<Plan> {
  const given = { w: { stage: "words", with: { list: ["x"] } } };
  return planGraph(
    { version: 1, nodes: { ...given, ...nodes }, outputs, ...more },
    { registry: testRegistry(early, late, wall, open, needy) },
  );
}

const all = (output: Observable<unknown> | undefined) =>
  lastValueFrom(output!.pipe(toArray()));

/** What a run gives, by output. */
async function given(...[plan, options]: Parameters<typeof runGraph>) {
  const { outputs } = runGraph(plan, options);
  const ends = Object.entries(outputs).map(async ([name, output]) =>
    [name, (await all(output)).join()] as const
  );
  return Object.fromEntries(await Promise.all(ends));
}

const pair = {
  a: node("early", { in: "w" }, "1"),
  b: node("late", { in: "a" }, "2"),
};

Deno.test("fusePlan() makes one node of two neighbours, and of three", async () => {
  const two = await plan({ ...pair, c: node("open", { in: "b" }, "3") }, {
    o: "c",
  });
  const fused = fusePlan(two);
  assert.deepEqual(fused.plan.nodes.map(({ name }) => name), ["w", "a+b", "c"]);
  assert.deepEqual(fused.fusion, { fused: [["a", "b"]], unfused: [] });
  const [, both, next] = fused.plan.nodes;
  assert(isStage(both!.stage));
  assert.deepEqual(both!.options, { a: { by: "1" }, b: { by: "2" } });
  assert.deepEqual(next!.inputs, { in: [{ node: "a+b", port: "out" }] });
  assert.deepEqual(await given(two), { o: "(x12)3" });
  const three = await plan({ ...pair, c: node("late", { in: "b" }, "3") }, {
    o: "c",
  });
  assert.deepEqual(fusePlan(three).fusion.fused, [["a", "b", "c"]]);
  assert.deepEqual(await given(three), { o: "(x123)" });
  assert.equal(three.nodes.length, 4, "the plan itself stays");
});

Deno.test("fusePlan() hides no output that is asked for or given by the caller", async () => {
  const both = await plan(pair, { o: "b", first: "a" });
  assert.deepEqual(await given(both), { o: "x12", first: "x1" });
  assert.deepEqual(await given(both, { outputs: ["o"] }), { o: "(x12)" });
  assert.deepEqual(await given(both, { outputs: ["b.out"] }), {
    "b.out": "(x12)",
  });
  assert.deepEqual(
    await given(both, { outputs: ["b", "a.out"] }),
    { b: "x12", "a.out": "x1" },
  );
  const one = await plan(pair, { o: "b" });
  assert.deepEqual(await given(one), { o: "(x12)" });
  const replace = { "a.out": of("y") };
  assert.deepEqual(await given(one, { replace }), { o: "y2" });
  assert.deepEqual(await given(one, { replace: { "b.out": of("z") } }), {
    o: "z",
  });
  assert.deepEqual(fusePlan(both).fusion.unfused, [
    { node: "b", reason: "a.out is asked for by itself" },
  ]);
  const [taken] = fusePlan(one, undefined, new Set(["a.out"])).fusion.unfused;
  assert.equal(taken!.reason, "nothing before it can compute it");
});

/** Why `b` is not fused. */
async function reason(
  nodes: Record<string, GraphNode>,
  more: Partial<GraphFile> = {},
): Promise<string> {
  const made = await plan(
    nodes,
    { o: "b", ...more.outputs },
    more.outputs ? {} : more,
  );
  const { fused, unfused } = fusePlan(made).fusion;
  assert.deepEqual([fused.length, unfused.length], [0, 1]);
  assert.equal(unfused[0]!.node, "b");
  return unfused[0]!.reason;
}

Deno.test("fusePlan() says why a node is computed by itself", async () => {
  const a = pair.a;
  assert.equal(await reason(pair, { fuse: "never" }), "fuse: never");
  assert.equal(
    await reason({
      a,
      c: node("wall", { in: "a" }),
      b: node("late", { in: "c" }),
    }),
    "wall stands between a and b: it is made of stone",
  );
  assert.equal(
    await reason({
      a,
      c: node("wall", { in: "a" }),
      d: node("open", { in: "c" }),
      b: node("late", { in: "d" }),
    }),
    "wall stands between a and b: it is made of stone",
  );
  assert.equal(
    await reason({
      a,
      c: node("open", { in: "a" }),
      b: node("late", { in: "c" }),
    }),
    "open stands between a and b",
  );
  assert.equal(
    await reason({ b: node("late", { in: "w" }) }),
    "nothing before it can compute it",
  );
  assert.equal(
    await reason({ ...pair, c: node("open", { in: "a" }) }, {
      outputs: { p: "c" },
    }),
    "a.out is also read by c",
  );
  assert.equal(
    await reason({ a, b: node("late", { in: ["a", "w"] }) }),
    "b reads several outputs: a.out, w.out",
  );
});

const glue = {
  g: { stage: "glue" },
  h: { stage: "glue" },
};
const glueStage = defineStage({
  name: "glue",
  summary: "One word",
  inputs: {},
  outputs: { out: single(Word) },
  options: z.object({}),
  run: () => ({ out: of("-") }),
});

Deno.test("fusePlan() joins inputs of one name only where they read the same", async () => {
  const registry = () => testRegistry(early, late, glueStage);
  const make = (a?: string, b?: string) =>
    planGraph({
      version: 1,
      nodes: {
        w: { stage: "words" },
        ...glue,
        a: { stage: "early", in: { in: "w", ...(a && { glue: a }) } },
        b: { stage: "late", in: { in: "a", ...(b && { glue: b }) } },
      },
      outputs: { o: "b" },
    }, { registry: registry() });
  for (const [a, b, end] of [["g", "g", "g"], ["g", "", "g"], ["", "h", "h"]]) {
    const fused = fusePlan(await make(a, b)).plan.nodes.at(-1)!;
    assert.deepEqual(fused.inputs, {
      in: [{ node: "w", port: "out" }],
      glue: [{ node: end, port: "out" }],
    });
  }
  assert.deepEqual(seen.at(-1)!.inputs, ["glue"]);
  assert.deepEqual(fusePlan(await make("g", "h")).fusion.unfused, [{
    node: "b",
    reason: "a and b read different outputs on 'glue': g.out, h.out",
  }]);
});

Deno.test("fusePlan() tells a stage which facets are read behind the next one", async () => {
  const marked = {
    m: { stage: "mark", in: "w" },
    a: node("early", { in: "m" }),
  };
  const b = node("late", { in: "a" });
  const reads = async (
    nodes: Record<string, GraphNode>,
    outputs: Record<string, string>,
  ) => {
    seen.length = 0;
    fusePlan(await plan({ ...marked, b, ...nodes }, outputs));
    return ["marked", "other"].map((facet) => seen[0]!.reads(facet));
  };
  const needs = { n: node("needy", { in: "b" }) };
  assert.deepEqual(await reads(needs, { o: "n" }), [true, false]);
  const through = {
    p: node("open", { in: "b" }),
    n: node("needy", { in: "p" }),
  };
  assert.deepEqual(await reads(through, { o: "n" }), [true, false]);
  assert.deepEqual(await reads({}, { o: "b" }), [true, true]);
  const ends = { s: { stage: "sentence", in: { words: "b" } } };
  assert.deepEqual(await reads(ends, { o: "s" }), [false, false]);
  assert.deepEqual(await reads({ ...ends, ...needs }, { o: "s" }), [
    false,
    false,
  ]);
});

Deno.test("fusePlan() counts no reader that leads to nothing, and events name both nodes", async () => {
  const made = await plan({ ...pair, idle: node("open", { in: "a" }) }, {
    o: "b",
  });
  const { outputs, events } = runGraph(made);
  const names: string[] = [];
  events.subscribe(({ node, type }) => type === "started" && names.push(node));
  assert.deepEqual(await all(outputs.o), ["(x12)"]);
  assert.deepEqual(names.toSorted(), ["a+b", "w"]);
});

Deno.test("loadGraph() takes a facet for any part of it, and a part for no other", async () => {
  const part = (name: string, need: string) =>
    add(name, { inputs: { in: stream(Word, { needs: [need] }) } });
  const load = (stage: AnyStage) =>
    planGraph({
      version: 1,
      nodes: {
        w: { stage: "words" },
        m: { stage: "mark", in: "w" },
        n: { stage: stage.name, in: "m" },
      },
      outputs: { o: "n" },
    }, { registry: testRegistry(stage) });
  await load(part("reader", "marked:end"));
  await assert.rejects(
    load(part("other", "marks:end")),
    /Facet 'marks:end' is missing on m.out -> n.in; no known stage gives it/,
  );
});
