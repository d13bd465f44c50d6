import assert from "node:assert/strict";
import { type Observable, Subject } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { SingleFanOut } from "../../core/single_fan_out.ts";
import { Tracked } from "./tracked.ts";

const marbles = () =>
  new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));

/** A fan-out that connects at the first reader. */
function connected(readers: number, source: Observable<unknown>): SingleFanOut {
  let done = false;
  const fanOut: SingleFanOut = new SingleFanOut(readers, () => {
    if (done || !fanOut.wanted) return;
    done = true;
    fanOut.connect(source);
  });
  return fanOut;
}

Deno.test("SingleFanOut keeps the value for readers that come later", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("                            --a-|");
    const { readers } = connected(3, source);
    expectObservable(readers[0]!.values).toBe("      --a-|");
    expectObservable(readers[1]!.values, "---^").toBe("---a|");
    expectObservable(readers[2]!.values, "------^").toBe("------(a|)");
    expectSubscriptions(source.subscriptions).toBe(" ^---!");
  });
});

Deno.test("SingleFanOut keeps its source until every reader has left", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("                             -a---------");
    const { readers } = connected(2, source);
    expectObservable(readers[0]!.values, "^-!").toBe("-a");
    expectObservable(readers[1]!.values, "---^-!").toBe("---a");
    cold("------0-1").subscribe((reader) => readers[Number(reader)]!.leave());
    expectSubscriptions(source.subscriptions).toBe("  ^-------!");
  });
});

Deno.test("SingleFanOut hands an error to early and late readers", () => {
  marbles().run(({ cold, expectObservable }) => {
    const { readers } = connected(2, cold("--#"));
    expectObservable(readers[0]!.values).toBe("--#");
    expectObservable(readers[1]!.values, "----^").toBe("----#");
  });
});

Deno.test("SingleFanOut keeps a share for every reader, and releases those of readers that leave without it", () => {
  const source = new Subject<Tracked>();
  const { readers } = connected(3, source);
  const value = new Tracked(0);
  readers[0]!.values.subscribe();
  source.next(value);
  assert.equal(value.owners, 3);
  readers[0]!.leave();
  assert.equal(value.owners, 3, "the first reader has its share in hand");
  readers[1]!.leave();
  assert.equal(value.owners, 2);
  readers[2]!.values.subscribe();
  assert.equal(value.owners, 2);
});

Deno.test("SingleFanOut makes no share for readers that left before the value", () => {
  const source = new Subject<Tracked>();
  const { readers } = connected(3, source);
  readers[0]!.values.subscribe();
  readers[2]!.leave();
  const value = new Tracked(0);
  source.next(value);
  assert.equal(value.owners, 2);
});

Deno.test("SingleFanOut adds a share when one reader subscribes again", () => {
  const source = new Subject<Tracked>();
  const { readers } = connected(1, source);
  const value = new Tracked(0);
  readers[0]!.values.subscribe();
  source.next(value);
  readers[0]!.values.subscribe();
  assert.equal(value.owners, 2);
});
