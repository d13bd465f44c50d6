import assert from "node:assert/strict";
import fc from "fast-check";
import { Observable, range, Subject, Subscription, take } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { StreamFanOut } from "../../core/stream_fan_out.ts";
import { Tracked, tracked } from "./tracked.ts";

const marbles = () =>
  new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));

/** A fan-out that connects as the runner lets it: as soon as it is ready. */
function connected(readers: number, source: Observable<unknown>): StreamFanOut {
  let done = false;
  const fanOut: StreamFanOut = new StreamFanOut(readers, () => {
    if (done || !fanOut.ready || !fanOut.wanted) return;
    done = true;
    fanOut.connect(source);
  });
  return fanOut;
}

Deno.test("StreamFanOut gives every reader every value", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("  -a-b-c-|");
    const { readers } = connected(2, source);
    expectObservable(readers[0]!.values).toBe("-a-b-c-|");
    expectObservable(readers[1]!.values).toBe("-a-b-c-|");
    expectSubscriptions(source.subscriptions).toBe("^------!");
  });
});

Deno.test("StreamFanOut waits for the last reader", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("     -a-b-|");
    const { readers } = connected(2, source);
    expectObservable(readers[0]!.values).toBe("    ----a-b-|");
    expectObservable(readers[1]!.values, "---^").toBe("----a-b-|");
    expectSubscriptions(source.subscriptions).toBe("---^----!");
  });
});

Deno.test("StreamFanOut goes on when one reader leaves, and stops when all have", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("                                   -a-b-c-d-e-");
    const { readers } = connected(2, source);
    expectObservable(readers[0]!.values, "^-----!").toBe("  -a-b-c-----");
    expectObservable(readers[1]!.values, "^-------!").toBe("-a-b-c-d---");
    expectSubscriptions(source.subscriptions).toBe("        ^-------!");
  });
});

Deno.test("StreamFanOut hands errors to every reader", () => {
  marbles().run(({ cold, expectObservable }) => {
    const { readers } = connected(2, cold("-a-#"));
    expectObservable(readers[0]!.values).toBe("-a-#");
    expectObservable(readers[1]!.values).toBe("-a-#");
  });
});

Deno.test("StreamFanOut does not wait for a reader that leaves without coming", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("-a-|");
    const { readers } = connected(2, source);
    expectObservable(readers[0]!.values).toBe("---a-|");
    cold("--x").subscribe(() => readers[1]!.leave());
    expectObservable(readers[1]!.values, "----^").toBe("----|");
    expectSubscriptions(source.subscriptions).toBe("--^--!");
  });
});

Deno.test("StreamFanOut stops an endless synchronous source when all have left", () => {
  const { readers } = connected(2, range(0, Infinity));
  const seen: unknown[][] = [[], []];
  readers[0]!.values.pipe(take(2)).subscribe((v) => seen[0]!.push(v));
  readers[1]!.values.pipe(take(4)).subscribe((v) => seen[1]!.push(v));
  assert.deepEqual(seen, [[0, 1], [0, 1, 2, 3]]);
});

Deno.test("StreamFanOut is abandoned when all leave, and then never connects", () => {
  let changes = 0;
  const fanOut = new StreamFanOut(2, () => changes++);
  fanOut.readers[0]!.leave();
  assert.equal(fanOut.abandoned, false);
  fanOut.readers[1]!.leave();
  assert.deepEqual([fanOut.abandoned, fanOut.wanted], [true, false]);
  fanOut.readers[1]!.leave();
  assert.equal(changes, 2, "leaving twice is leaving once");
});

Deno.test("StreamFanOut gives each reader its own share of a value", () => {
  const source = new Subject<Tracked>();
  const { readers } = connected(3, source);
  for (const { values } of readers) values.subscribe();
  const value = new Tracked(0);
  source.next(value);
  assert.equal(value.owners, 3);
});

Deno.test("StreamFanOut releases the share of a reader that leaves while others are served", () => {
  const source = new Subject<Tracked>();
  const { readers } = connected(2, source);
  const second = new Subscription();
  readers[0]!.values.subscribe(() => second.unsubscribe());
  second.add(readers[1]!.values.subscribe(() => assert.fail("has left")));
  const value = new Tracked(0);
  source.next(value);
  assert.equal(value.owners, 1);
});

Deno.test("StreamFanOut loses no value and leaks no share, whoever leaves when", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 0, max: 6 }),
    (limits, count) => {
      const values = tracked(count);
      const source = new Observable<Tracked>((subscriber) => {
        for (const value of values) {
          if (subscriber.closed) value.release(); // a stage would not make it
          else subscriber.next(value);
        }
        subscriber.complete();
      });
      const { readers } = connected(limits.length, source);
      const seen = limits.map((limit, i) => {
        const ids: number[] = [];
        if (limit === 0) readers[i]!.leave();
        readers[i]!.values.pipe(take(limit)).subscribe((value) => {
          ids.push((value as Tracked).id);
          (value as Tracked).release();
        });
        return ids;
      });
      const first = (n: number) => values.slice(0, n).map(({ id }) => id);
      assert.deepEqual(seen, limits.map(first));
      const some = limits.some((limit) => limit > 0);
      const owners = values.map((value) => value.owners);
      assert.deepEqual(owners, values.map(() => some ? 0 : 1));
    },
  ));
});

/** A fan-out whose last reader only watches. */
function watched(readers: number, source: Observable<unknown>): StreamFanOut {
  let done = false;
  const fanOut: StreamFanOut = new StreamFanOut(readers, () => {
    if (done || !fanOut.ready || !fanOut.wanted) return;
    done = true;
    fanOut.connect(source);
  }, 1);
  return fanOut;
}

Deno.test("StreamFanOut ends for a watcher when the others have left", () => {
  marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold("                                   -a-b-c-d-e-");
    const { readers } = watched(2, source);
    expectObservable(readers[0]!.values, "^---!").toBe("    -a-b-------");
    expectObservable(readers[1]!.values).toBe("             -a-b|");
    expectSubscriptions(source.subscriptions).toBe("        ^---!");
  });
});

Deno.test("StreamFanOut shows a watcher the value with which the others leave, and no share is left over", () => {
  const values = tracked(4);
  const { readers } = watched(
    2,
    new Observable((subscriber) => {
      for (const value of values) {
        if (!subscriber.closed) subscriber.next(value);
        else value.release();
      }
    }),
  );
  const seen: number[] = [];
  let ended = false;
  readers[0]!.values.pipe(take(2)).subscribe((value) =>
    (value as Tracked).release()
  );
  readers[1]!.values.subscribe({
    next: (value) => {
      seen.push((value as Tracked).id);
      (value as Tracked).release();
    },
    complete: () => ended = true,
  });
  assert.deepEqual(seen, [0, 1]);
  assert(ended);
  assert.deepEqual(values.map(({ owners }) => owners), [0, 0, 0, 0]);
});

Deno.test("StreamFanOut ends for a watcher where nobody else ever came, and goes on for one who is alone", () => {
  const { readers: [gone, watcher] } = watched(2, range(3));
  let ended = false;
  watcher!.values.subscribe({ complete: () => ended = true });
  gone!.leave();
  assert(ended);
  const late = watched(2, range(3));
  late.readers[0]!.leave();
  late.readers[1]!.values.subscribe({ complete: () => ended = false });
  assert.equal(ended, false);
  const seen: unknown[] = [];
  watched(1, range(3)).readers[0]!.values.subscribe((value) =>
    seen.push(value)
  );
  assert.deepEqual(seen, [0, 1, 2]);
});
