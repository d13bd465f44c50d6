import assert from "node:assert/strict";
import { firstValueFrom, from, lastValueFrom, merge, of, toArray } from "rxjs";
import { z } from "zod";
import { runGraph } from "../../core/run.ts";
import { single, stream } from "../../core/port.ts";
import { type AnyStage, defineStage } from "../../core/stage.ts";
import { Word } from "./test_stages.ts";
import { counted, pass, pipe, singleSource, source, wire } from "./wire.ts";
import type { Observable } from "rxjs";

/** Everything an output gives. */
const all = (output: Observable<unknown> | undefined) =>
  lastValueFrom(output!.pipe(toArray()));

Deno.test("runGraph() is cold: nothing runs before an output is subscribed", async () => {
  const words = counted("a", "b");
  const plan = await wire({ s: words, p: [pass(), "s"] }, { o: "p" });
  const { outputs } = runGraph(plan);
  assert.equal(words.runs, 0);
  assert.deepEqual(await all(outputs.o), ["a", "b"]);
  assert.equal(words.runs, 1);
});

Deno.test("runGraph() runs only what leads to the chosen outputs", async () => {
  const [used, idle] = [counted("a"), counted("b")];
  const plan = await wire({
    s: used,
    t: idle,
    p: [pass(), "s"],
    q: [pass(), "t"],
  }, { o: "p", idle: "q" });
  const { outputs } = runGraph(plan, { outputs: ["o"] });
  assert.deepEqual(Object.keys(outputs), ["o"]);
  assert.deepEqual(await all(outputs.o), ["a"]);
  assert.deepEqual([used.runs, idle.runs], [1, 0]);
});

Deno.test("runGraph() gives any node's output by node.port", async () => {
  const plan = await wire({ s: counted("a"), p: [pass(), "s"] }, { o: "p" });
  const { outputs } = runGraph(plan, { outputs: ["s.out", "o"] });
  const both = await Promise.all([all(outputs["s.out"]), all(outputs.o)]);
  assert.deepEqual(both, [["a"], ["a"]]);
  assert.throws(() => runGraph(plan, { outputs: ["p.ot"] }), {
    name: "RangeError",
    message: "The plan has no output 'p.ot'; did you mean 'p.out'?",
  });
});

Deno.test("runGraph() lists the outputs of a node that has several", async () => {
  const two = defineStage({
    name: "two",
    summary: "Gives two streams",
    inputs: {},
    outputs: { text: stream(Word), answer: stream(Word) },
    options: z.object({}),
    run: () => ({ text: of("a"), answer: of("b") }),
  });
  const plan = await wire({ decoded: two }, { reply: "decoded.answer" });
  assert.throws(() => runGraph(plan, { outputs: ["decoded"] }), {
    name: "RangeError",
    message:
      "Node 'decoded' has several outputs; write decoded.text or decoded.answer",
  });
  assert.throws(() => runGraph(plan, { outputs: ["repply"] }), {
    message: "The plan has no output 'repply'; did you mean 'reply'?",
  });
});

Deno.test("runGraph() makes each run anew", async () => {
  const words = counted("a");
  const plan = await wire({ s: words }, { o: "s" });
  await all(runGraph(plan).outputs.o);
  await all(runGraph(plan).outputs.o);
  assert.equal(words.runs, 2);
});

Deno.test("runGraph() lets an output be subscribed to once", async () => {
  const plan = await wire({ s: counted("a") }, { o: "s" });
  const { outputs } = runGraph(plan);
  await all(outputs.o);
  await assert.rejects(all(outputs.o), {
    name: "TypeError",
    message: /^Output 'o' can be subscribed to once; call runGraph\(\) again/,
  });
});

Deno.test("runGraph() gives unconnected optional inputs an empty stream", async () => {
  const join = defineStage({
    name: "join",
    summary: "Joins two streams",
    inputs: { a: stream(Word), b: stream(Word, { optional: true }) },
    outputs: { out: stream(Word) },
    options: z.object({}),
    run: ({ a, b }) => ({ out: merge(a, b) }),
  });
  const plan = await wire(
    { s: counted("x"), j: [join, { a: "s" }] },
    { o: "j" },
  );
  assert.deepEqual(await all(runGraph(plan).outputs.o), ["x"]);
});

Deno.test("runGraph() merges several edges into one input", async () => {
  const plan = await wire({
    s: counted("a", "b"),
    t: counted("c"),
    p: [pass(), ["s", "t"]],
  }, { o: "p" });
  assert.deepEqual(await all(runGraph(plan).outputs.o), ["a", "b", "c"]);
});

Deno.test("runGraph() hands the caller's values to stages", async () => {
  const plan = await wire({
    s: source(({ inputs, node }) => {
      assert.equal(node, "s");
      return inputs.document!;
    }),
  }, { o: "s" });
  const { outputs } = runGraph(plan, { inputs: { document: of("text") } });
  assert.deepEqual(await all(outputs.o), ["text"]);
});

Deno.test("runGraph() replaces outputs: what only led there does not run", async () => {
  const [first, second] = [counted("a"), counted("b")];
  const plan = await wire({
    s: first,
    t: second,
    p: [pass(), ["s", "t"]],
    q: [pass(), "p"],
    r: [pass(), "t"],
  }, { q: "q", r: "r" });
  const { outputs } = runGraph(plan, { replace: { "p.out": of("x", "y") } });
  const both = await Promise.all([all(outputs.q), all(outputs.r)]);
  assert.deepEqual(both, [["x", "y"], ["b"]]);
  assert.deepEqual([first.runs, second.runs], [0, 1]);
  assert.throws(() => runGraph(plan, { replace: { "z.out": of() } }), {
    message: /^The plan has no output 'z.out'; did you mean '[pqrst].out'\?$/,
  });
});

Deno.test("runGraph() checks values against their ports when asked to", async () => {
  const plan = await wire({
    s: source(() => from(["a", 5])),
    p: [pass(), "s"],
  }, { o: "p" });
  assert.deepEqual(await all(runGraph(plan).outputs.o), ["a", 5]);
  await assert.rejects(all(runGraph(plan, { checked: true }).outputs.o), {
    name: "StageError",
    message: /^Node 's' \(test\.s\) failed: s\.out gave a bad value: .*string/,
  });
});

Deno.test("runGraph() refuses a stage that reads one stream twice", async () => {
  const twice = pipe((input) => merge(input, input));
  const plan = await wire({ s: counted("a"), p: [twice, "s"] }, { o: "p" });
  await assert.rejects(all(runGraph(plan).outputs.o), {
    name: "StageError",
    message:
      "Node 'p' (test.p) failed: A stream can be subscribed to once; share() it",
  });
});

Deno.test("runGraph() holds single outputs to exactly one value", async () => {
  const run = async (...values: string[]) => {
    const plan = await wire(
      { s: singleSource(() => from(values)) },
      { o: "s" },
    );
    return await all(runGraph(plan).outputs.o);
  };
  assert.deepEqual(await run("a"), ["a"]);
  await assert.rejects(run(), {
    message: /Output 'out' ended without a value, but it is declared single$/,
  });
  await assert.rejects(run("a", "b"), {
    message: /Output 'out' gave a second value, but it is declared single$/,
  });
});

Deno.test("runGraph() says when a stage forgets an output", async () => {
  const forgetful = { ...counted(), run: () => ({}) };
  const plan = await wire({ s: forgetful }, { o: "s" });
  await assert.rejects(firstValueFrom(runGraph(plan).outputs.o!), {
    message:
      "Node 's' (test.s) failed: The stage returned no stream for output 'out'",
  });
  const run = (() => undefined) as unknown as AnyStage["run"];
  const silent: AnyStage = { ...counted(), run };
  const none = await wire({ s: silent }, { o: "s" });
  await assert.rejects(firstValueFrom(runGraph(none).outputs.o!), {
    message: /returned no stream for output 'out'$/,
  });
});

Deno.test("runGraph() subscribes to all needed outputs of a node, and to no others", async () => {
  const subscribed: string[] = [];
  const many = defineStage({
    name: "many",
    summary: "Has three outputs",
    inputs: {},
    outputs: { a: stream(Word), b: stream(Word), c: single(Word) },
    options: z.object({}),
    run: () => {
      const say = (name: string) =>
        from((function* () {
          subscribed.push(name);
          yield name;
        })());
      return { a: say("a"), b: say("b"), c: say("c") };
    },
  });
  const plan = await wire({ m: many, p: [pass(), "m.a"] }, {
    a: "p",
    b: "m.b",
    c: "m.c",
  });
  const { outputs } = runGraph(plan, { outputs: ["a", "c"] });
  const last = all(outputs.c);
  assert.deepEqual(subscribed, [], "waits for the reader of the stream");
  assert.deepEqual(await Promise.all([all(outputs.a), last]), [["a"], ["c"]]);
  assert.deepEqual(subscribed, ["a", "c"]);
});
