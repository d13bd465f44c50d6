import assert from "node:assert/strict";
import {
  concat,
  EMPTY,
  finalize,
  from,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  switchMap,
  take,
  toArray,
} from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { runGraph } from "../../core/run.ts";
import {
  counted,
  pass,
  pipe,
  pipeWith,
  singleSource,
  source,
  wire,
} from "./wire.ts";
import { Tracked, tracked } from "./tracked.ts";

const marbles = () =>
  new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
const all = (output: Observable<unknown> | undefined) =>
  lastValueFrom(output!.pipe(toArray()));
const joined = pipe((input) => input.pipe(toArray(), map((a) => a.join(""))));

Deno.test("runGraph() runs a diamond: every branch gets every value", async () => {
  const plan = await wire({
    s: counted("a", "b", "c"),
    left: [pipe((input) => input.pipe(map((v) => v + "l"))), "s"],
    right: [pipe((input) => input.pipe(map((v) => v + "r"))), "s"],
    end: [pass(), ["left", "right"]],
  }, { o: "end" });
  assert.deepEqual(await all(runGraph(plan).outputs.o), [
    ..."al ar bl br cl cr".split(" "),
  ]);
});

Deno.test("runGraph() runs a diamond with one slow and one collecting branch", async () => {
  const plan = await wire({
    s: counted("a", "b", "c"),
    slow: [
      pipe((input) => input.pipe(mergeMap((v) => Promise.resolve(v), 1))),
      "s",
    ],
    whole: [joined, "s"],
    end: [pass(), ["slow", "whole", "s"]],
  }, { o: "end" });
  const values = await all(runGraph(plan).outputs.o);
  assert.deepEqual(values.toSorted(), ["a", "a", "abc", "b", "b", "c", "c"]);
});

Deno.test("runGraph() waits until all chosen outputs are subscribed", async () => {
  const times = new TestScheduler((actual, expected) =>
    assert.deepEqual(actual, expected)
  );
  let input: Observable<string> = EMPTY;
  const plan = await wire({
    s: source(() => input),
    p: [pass(), "s"],
    q: [pass(), "s"],
  }, { p: "p", q: "q" });
  times.run(({ cold, expectObservable }) => {
    input = cold("a-b|");
    const { outputs } = runGraph(plan);
    expectObservable(outputs.p!).toBe("---a-b|");
    expectObservable(outputs.q!, "---^").toBe("---a-b|");
  });
});

Deno.test("runGraph() does not wait for a node whose own reader has left", async () => {
  const late = pipeWith((input, value) => value.pipe(switchMap(() => input)));
  const plan = await wire({
    s: counted("a", "b"),
    never: singleSource(() => NEVER),
    late: [late, { in: "s", value: "never" }],
    p: [pass(), "s"],
  }, { late: "late", p: "p" });
  const { outputs } = runGraph(plan);
  const subscription = outputs.late!.subscribe(); // its stage has not read s so far
  const seen: unknown[] = [];
  outputs.p!.subscribe((v) => seen.push(v));
  assert.deepEqual(seen, []);
  subscription.unsubscribe();
  assert.deepEqual(seen, ["a", "b"]);
});

Deno.test("runGraph() tells whole branches that nobody will read them", async () => {
  const two = pipe((input) => input.pipe(take(2)));
  const greedy = pipeWith((input, value) => concat(input, value).pipe(take(1)));
  const plan = await wire({
    s: counted("a", "b", "c"),
    x: [two, "s"],
    t: counted("unread"),
    one: [pipe((input) => input.pipe(take(1))), "t"],
    w: singleSource(() => of("w")),
    end: [greedy, { in: "s", value: "w" }],
    p: [pass(), "s"],
    also: [pass(), ["x", "one"]],
  }, { end: "end", p: "p", also: "also" });
  const { outputs } = runGraph(plan);
  const result = await Promise.all([
    all(outputs.end),
    all(outputs.p),
    all(outputs.also),
  ]);
  assert.deepEqual(result, [["a"], ["a", "b", "c"], ["a", "b", "unread"]]);
});

Deno.test("runGraph() keeps a single value alive until all that read it have ended", async () => {
  const log: string[] = [];
  const model = singleSource(() =>
    new Observable((subscriber) => {
      log.push("open");
      subscriber.next("model");
      return () => log.push("close");
    })
  );
  const uses = (name: string) =>
    pipeWith((input, value) =>
      value.pipe(
        take(1),
        mergeMap(() => input),
        finalize(() => log.push(`${name} ends`)),
      )
    );
  const plan = await wire({
    model,
    s: counted("a", "b"),
    first: [uses("first"), { in: "s", value: "model" }],
    second: [uses("second"), { in: "first", value: "model" }],
  }, { o: "second" });
  assert.deepEqual(await all(runGraph(plan).outputs.o), ["a", "b"]);
  assert.deepEqual(log.at(0), "open");
  assert.deepEqual(log.at(-1), "close");
  assert.deepEqual(log.toSorted(), [
    "close",
    "first ends",
    "open",
    "second ends",
  ]);
});

Deno.test("runGraph() keeps a single output open for the caller as long as it is subscribed", async () => {
  let open = 0;
  const model = singleSource(() =>
    new Observable((subscriber) => {
      open++;
      subscriber.next("model");
      return () => open--;
    })
  );
  const plan = await wire({ model }, { model: "model" });
  const seen: unknown[] = [];
  const subscription = runGraph(plan).outputs.model!.subscribe((v) => {
    seen.push(v);
  });
  assert.deepEqual([seen, open], [["model"], 1]);
  subscription.unsubscribe();
  assert.equal(open, 0);
});

Deno.test("runGraph() completes a single input after its value", async () => {
  let [value, input]: Observable<string>[] = [EMPTY, EMPTY];
  const seesEnd = pipeWith((input, value) => merge(value, input));
  const plan = await wire({
    s: source(() => input!),
    v: singleSource(() => value!),
    p: [seesEnd, { in: "s", value: "v" }],
  }, { o: "p" });
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const open = cold("                             -v----");
    [value, input] = [open, cold("                  --a-b|")];
    expectObservable(runGraph(plan).outputs.o!).toBe("-va-b|");
    expectSubscriptions(open.subscriptions).toBe("  ^----!");
  });
});

Deno.test("runGraph() ends what an output would have read that was not subscribed so far", async () => {
  let open = 0;
  const model = singleSource(() =>
    new Observable((subscriber) => {
      open++;
      subscriber.next("model");
      return () => open--;
    })
  );
  const trigger = new Subject<string>();
  const fails = pipeWith((input, value) =>
    merge(value, input).pipe(map((word) => {
      if (word === "go") throw new Error("bad shape");
      return word;
    }))
  );
  const plan = await wire({
    model,
    s: source(() => trigger),
    f: [fails, { in: "s", value: "model" }],
  }, { f: "f", model: "model" });
  const { outputs } = runGraph(plan);
  const end = assert.rejects(all(outputs.f), /bad shape/);
  assert.equal(open, 1);
  trigger.next("go");
  assert.equal(open, 0);
  await end;
  await assert.rejects(all(outputs.model), /bad shape/);
});

Deno.test("runGraph() gives every reader its own share of values that count owners", async () => {
  const values = tracked(5);
  const dropping = pipe((input) =>
    input.pipe(map((value) => {
      const owned = value as unknown as Tracked;
      owned.release();
      return owned.id;
    }))
  );
  const plan = await wire({
    s: source(() => from(values)),
    a: [dropping, "s"],
    b: [dropping, "s"],
    brief: [pipe((input) => input.pipe(take(2))), "s"],
    c: [dropping, "brief"],
  }, { a: "a", b: "b", c: "c" });
  const { outputs } = runGraph(plan);
  const seen = await Promise.all(
    [outputs.a, outputs.b, outputs.c].map(all),
  );
  assert.deepEqual(seen, [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 1]]);
  assert.deepEqual(values.map((v) => v.owners), [0, 0, 0, 0, 0]);
});

Deno.test("runGraph() leaks no share of a single value that a reader never took", async () => {
  const value = new Tracked(0);
  const gate = new Subject<string>();
  const takes = pipeWith((input, single) =>
    input.pipe(switchMap(() => single))
  );
  const plan = await wire({
    context: singleSource(() => of(value)),
    s: source(() => gate),
    idle: [takes, { in: "s", value: "context" }],
    t: counted("go"),
    busy: [takes, { in: "t", value: "context" }],
  }, { idle: "idle", busy: "busy" });
  const { outputs } = runGraph(plan);
  const idle = outputs.idle!.subscribe();
  const [taken] = await all(outputs.busy) as Tracked[];
  assert.equal(value.owners, 2);
  idle.unsubscribe();
  assert.equal(value.owners, 1);
  taken!.release();
});
