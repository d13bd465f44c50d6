import assert from "node:assert/strict";
import { concat, from, lastValueFrom, NEVER, toArray } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { z } from "zod";
import { Budget } from "../../core/budget.ts";
import { portType, stream } from "../../core/port.ts";
import {
  abortable,
  defineStage,
  isStage,
  mapStage,
  type StageContext,
} from "../../core/stage.ts";
import { Tracked, tracked } from "./tracked.ts";

const Value = portType<Tracked>("test/value");
const context: StageContext = {
  node: "n",
  signal: new AbortController().signal,
  budget: new Budget(1),
  inputs: {},
  emit: () => {},
};

/** A map stage whose work goes on when the test says so. */
function gated(concurrency: number) {
  const started: Tracked[] = [];
  const signals: AbortSignal[] = [];
  const gates: PromiseWithResolvers<Tracked>[] = [];
  const stage = mapStage({
    name: "test.gated",
    summary: "Waits for the test",
    input: stream(Value),
    output: stream(Value),
    options: z.object({}),
    concurrency,
    map: (item, _options, { signal }) => {
      started.push(item);
      signals.push(signal);
      const gate = Promise.withResolvers<Tracked>();
      gates.push(gate);
      return gate.promise;
    },
  });
  return { stage, started, signals, gates };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("defineStage() marks what isStage() knows, beyond copies of the module", () => {
  const plain = {
    name: "test.nothing",
    summary: "Nothing",
    inputs: {},
    outputs: {},
    options: z.object({}),
    run: () => ({}),
  };
  assert.equal(isStage(plain), false);
  const stage = defineStage(plain);
  assert.equal(isStage(stage), true);
  const foreign = { [Symbol.for("parallelcomp.stage")]: true };
  assert.equal(isStage(foreign), true);
  assert.equal(isStage(null), false);
});

Deno.test("mapStage() works on so many items at once and keeps the order of one", async () => {
  const { stage, started, gates } = gated(2);
  const seen: number[] = [];
  stage.run({ in: from(tracked(3)) }, {}, context).out
    .subscribe((value) => seen.push(value.id));
  assert.deepEqual(started.map(({ id }) => id), [0, 1]);
  gates[1]!.resolve(started[1]!);
  await settle();
  assert.deepEqual([started.length, seen], [3, [1]]);
  gates[2]!.resolve(started[2]!);
  gates[0]!.resolve(started[0]!);
  await settle();
  assert.deepEqual(seen.toSorted(), [0, 1, 2]);
});

Deno.test("mapStage() aborts what is in flight and releases what waits when it is left", async () => {
  const { stage, signals, gates } = gated(1);
  const values = tracked(3);
  const input = concat(from(values), NEVER);
  const subscription = stage.run({ in: input }, {}, context).out.subscribe();
  subscription.unsubscribe();
  assert.equal(signals[0]!.aborted, true);
  assert.deepEqual(values.map((v) => v.owners), [1, 0, 0]);
  gates[0]!.resolve(values[0]!); // the work ends all the same
  await settle();
  assert.deepEqual(values.map((v) => v.owners), [0, 0, 0]);
});

Deno.test("abortable() hands on values and errors", async () => {
  const value = await lastValueFrom(abortable(() => Promise.resolve(3)));
  assert.equal(value, 3);
  const sync = abortable(() => {
    throw new RangeError("at once");
  });
  await assert.rejects(lastValueFrom(sync), { message: "at once" });
  const late = abortable(() => Promise.reject(new RangeError("later")));
  await assert.rejects(lastValueFrom(late.pipe(toArray())), {
    message: "later",
  });
});

Deno.test("abortable() starts anew for each subscriber, and not before", () => {
  let runs = 0;
  const work = abortable(() => {
    runs++;
    return new Promise<void>(() => {});
  });
  assert.equal(runs, 0);
  work.subscribe().unsubscribe();
  work.subscribe().unsubscribe();
  assert.equal(runs, 2);
});

Deno.test("mapStage() passes completion and errors through in time", () => {
  const identity = mapStage({
    name: "test.identity",
    summary: "Passes on",
    input: stream(portType<string>("test/text")),
    output: stream(portType<string>("test/text")),
    options: z.object({}),
    map: (item) => item,
  });
  new TestScheduler((a, b) => assert.deepEqual(a, b)).run(
    ({ cold, expectObservable }) => {
      const out = (marbles: string) =>
        identity.run({ in: cold(marbles) }, {}, context).out;
      expectObservable(out("--|")).toBe("--|");
      expectObservable(out("--#")).toBe("--#");
    },
  );
});
