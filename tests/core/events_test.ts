import assert from "node:assert/strict";
import {
  concat,
  config,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  take,
  toArray,
} from "rxjs";
import type { RunEvent } from "../../core/events.ts";
import { type GraphRun, runGraph, type RunOptions } from "../../core/run.ts";
import type { Plan } from "../../core/plan.ts";
import { counted, pass, pipe, singleSource, source, wire } from "./wire.ts";

/** Runs a plan to its end and tells what was said, as `node type`, and which run it was. */
function heard(plan: Plan, options: RunOptions = {}) {
  const run: GraphRun = runGraph(plan, options);
  const events: RunEvent[] = [];
  let over = false;
  run.events.subscribe({
    next: (event) => events.push(event),
    complete: () => over = true,
  });
  return {
    outputs: run.outputs,
    events,
    over: () => over,
    said: () => events.map(({ node, type }) => `${node} ${type}`),
  };
}

const all = (output: Observable<unknown> | undefined) =>
  lastValueFrom(output!.pipe(toArray()));

Deno.test("runGraph() says when nodes start and complete, with items and seconds", async () => {
  const plan = await wire({
    s: counted("a", "b", "c"),
    p: [pipe((input) => input.pipe(take(2))), "s"],
    q: [pass(), "s"],
    m: singleSource(() => NEVER),
  }, { p: "p", q: "q" });
  const run = heard(plan);
  assert.deepEqual(run.said(), []);
  await Promise.all([all(run.outputs.p), all(run.outputs.q)]);
  assert.deepEqual(run.said().toSorted(), [
    "p completed",
    "p started",
    "q completed",
    "q started",
    "s completed",
    "s started",
  ]);
  assert.equal(run.over(), true);
  for (const event of run.events) {
    assert.equal(event.stage, `test.${event.node}`);
    assert(event.at >= 0);
    if (event.type !== "completed") continue;
    assert.equal(event.items, event.node === "p" ? 2 : 3);
    assert(event.seconds >= 0);
  }
});

Deno.test("runGraph() passes on what stages say, with node and time", async () => {
  const talking = pipe((input, ctx) =>
    input.pipe(map((value) => {
      ctx.emit({ type: "warning", message: value });
      return value;
    }))
  );
  const plan = await wire({ s: counted("a"), p: [talking, "s"] }, { o: "p" });
  const run = heard(plan);
  await all(run.outputs.o);
  const [warning] = run.events.filter(({ type }) => type === "warning");
  const { at, ...rest } = warning!;
  assert(at >= 0);
  assert.deepEqual(rest, {
    type: "warning",
    message: "a",
    node: "p",
    stage: "test.p",
  });
});

Deno.test("runGraph() says which node failed and which were cancelled by that", async () => {
  const failing = pipe((input) =>
    input.pipe(map(() => {
      throw new RangeError("bad shape");
    }))
  );
  const plan = await wire({
    s: source(() => concat(of("a"), NEVER)),
    f: [failing, "s"],
    p: [pass(), "f"],
  }, { o: "p" });
  const run = heard(plan);
  await assert.rejects(all(run.outputs.o));
  assert.deepEqual(run.said().toSorted(), [
    "f failed",
    "f started",
    "p cancelled",
    "p started",
    "s cancelled",
    "s started",
  ]);
  const failed = run.events.find(({ type }) => type === "failed");
  assert.equal(failed?.type === "failed" && failed.message, "bad shape");
  assert.equal(run.over(), true);
});

Deno.test("runGraph() says cancelled when it is aborted or left", async () => {
  const plan = await wire({
    s: source(() => NEVER),
    p: [pass(), "s"],
  }, { o: "p" });
  const controller = new AbortController();
  const aborted = heard(plan, { signal: controller.signal });
  const end = assert.rejects(all(aborted.outputs.o));
  controller.abort();
  await end;
  const left = heard(plan);
  left.outputs.o!.subscribe().unsubscribe();
  for (const run of [aborted, left]) {
    assert.deepEqual(run.said().toSorted(), [
      "p cancelled",
      "p started",
      "s cancelled",
      "s started",
    ]);
    assert.equal(run.over(), true);
  }
});

Deno.test("runGraph() calls a single output complete once its value is there", async () => {
  const plan = await wire({
    model: singleSource(() => concat(of("model"), NEVER)),
  }, { model: "model" });
  const run = heard(plan);
  const subscription = run.outputs.model!.subscribe();
  assert.deepEqual(run.said(), ["model started", "model completed"]);
  subscription.unsubscribe();
  assert.deepEqual(run.said(), ["model started", "model completed"]);
});

Deno.test("runGraph() says nothing of outputs that are replaced", async () => {
  const plan = await wire({ s: counted("a"), p: [pass(), "s"] }, { o: "p" });
  const run = heard(plan, { replace: { "s.out": of("x") } });
  await all(run.outputs.o);
  assert.deepEqual(run.said(), ["p started", "p completed"]);
});

Deno.test("runGraph() carries on when a listener throws", async () => {
  const plan = await wire({ s: counted("a") }, { o: "s" });
  const { outputs, events } = runGraph(plan);
  const thrown: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => thrown.push(error.message);
  try {
    events.subscribe(() => {
      throw new Error("bad listener");
    });
    assert.deepEqual(await all(outputs.o), ["a"]);
    await new Promise((resolve) => setTimeout(resolve, 0)); // rxjs reports after the turn
  } finally {
    config.onUnhandledError = before;
  }
  assert.deepEqual(thrown, ["bad listener", "bad listener"]);
});

Deno.test("runGraph() names outputs that nobody subscribes to, once", async () => {
  const plan = await wire(
    { s: counted("a"), p: [pass(), "s"], q: [pass(), "s"] },
    { p: "p", q: "q", s: "s" },
  );
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const run = heard(plan);
  await turn();
  assert.deepEqual(run.said(), [], "nothing is odd before the run begins");
  const p = all(run.outputs.p);
  await turn();
  assert.deepEqual(run.said(), ["p started", "q warning"]);
  const warning = run.events.at(-1);
  assert(warning?.type === "warning");
  assert.match(
    warning.message,
    /^Nobody has subscribed to 'q', 's' yet: .* choose fewer with 'outputs'$/,
  );
  const ends = await Promise.all([p, all(run.outputs.q), all(run.outputs.s)]);
  assert.deepEqual(ends, [["a"], ["a"], ["a"]]);
  assert.equal(run.said().filter((s) => s.endsWith("warning")).length, 1);
});

Deno.test("runGraph() says nothing about outputs that all have subscribers, or a run that is over", async () => {
  const plan = await wire(
    { s: counted("a"), p: [pass(), "s"] },
    { p: "p", s: "s" },
  );
  const run = heard(plan);
  run.outputs.p!.subscribe();
  run.outputs.s!.subscribe();
  const left = heard(plan, { signal: AbortSignal.abort(new Error("Stop")) });
  await assert.rejects(all(left.outputs.p), /Stop/);
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const { events } of [run, left]) {
    assert.deepEqual(events.filter(({ type }) => type === "warning"), []);
  }
});
