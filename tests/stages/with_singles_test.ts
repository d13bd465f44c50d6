import assert from "node:assert/strict";
import {
  BehaviorSubject,
  EMPTY,
  from,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
} from "rxjs";
import { Tracked, tracked } from "../core/tracked.ts";
import { optional, withSingles } from "../../stages/mod.ts";
import { collect } from "./stage_context.ts";

Deno.test("withSingles() keeps its inputs subscribed until the work ends", () => {
  let alive = 0;
  const model = new Observable<string>((subscriber) => {
    alive++;
    subscriber.next("model");
    return () => void alive--;
  });
  const work = new Subject<number>();
  const seen: unknown[] = [];
  withSingles({ model }, ({ model }) => work.pipe(map((n) => [model, n])))
    .subscribe({
      next: (value) => seen.push(value),
      complete: () => seen.push("end"),
    });
  work.next(1);
  assert.equal(alive, 1);
  work.complete();
  assert.equal(alive, 0);
  assert.deepEqual(seen, [["model", 1], "end"]);
});

Deno.test("withSingles() subscribes to the stream at once and loses nothing that comes early", async () => {
  const late = new Subject<string>();
  let subscribed = false;
  const stream = new Observable<number>((subscriber) => {
    subscribed = true;
    [1, 2, 3].forEach((n) => subscriber.next(n));
    subscriber.complete();
  });
  const result = collect(
    withSingles(
      { late },
      ({ late }, values) => values.pipe(map((n) => `${late}${n}`)),
      stream,
    ),
  );
  assert(subscribed);
  late.next("a");
  late.next("b");
  assert.deepEqual(await result, ["a1", "a2", "a3"]);
});

Deno.test("withSingles() passes errors on, of inputs, of the stream and of the work", async () => {
  const fail = new Observable<never>((s) => s.error(new Error("broken")));
  const one = of(1);
  await assert.rejects(collect(withSingles({ fail }, () => one)), {
    message: "broken",
  });
  await assert.rejects(
    collect(withSingles({ one }, (_, stream) => stream, fail)),
    { message: "broken" },
  );
  await assert.rejects(
    collect(withSingles({ one }, () => {
      throw new Error("work");
    })),
    { message: "work" },
  );
  await assert.rejects(collect(withSingles({ none: EMPTY }, () => one)), {
    name: "RangeError",
    message: "Input 'none' ended without a value",
  });
});

Deno.test("withSingles() gives undefined for an optional input that is not connected", async () => {
  const work = ({ a, b }: { a: number | undefined; b: number | undefined }) =>
    of([a, b]);
  const inputs = {
    a: optional<number>(EMPTY),
    b: optional(new BehaviorSubject(2)),
  };
  assert.deepEqual(await collect(withSingles(inputs, work)), [[undefined, 2]]);
});

Deno.test("withSingles() leaves everything when it is left", () => {
  let alive = 0;
  const open = new Observable<number>((subscriber) => {
    alive++;
    subscriber.next(1);
    return () => void alive--;
  });
  const subscription = withSingles({ open }, () => NEVER, open).subscribe();
  assert.equal(alive, 2);
  subscription.unsubscribe();
  assert.equal(alive, 0);
});

Deno.test("withSingles() releases what its work never got", async () => {
  const early = tracked(3);
  const context = new Tracked(9);
  const inputs = { context: of(context), late: NEVER };
  const stream = new Observable<Tracked>((s) =>
    early.forEach((v) => s.next(v))
  );
  withSingles(inputs, (_, values) => values, stream).subscribe().unsubscribe();
  assert.deepEqual([context, ...early].map((v) => v.owners), [0, 0, 0, 0]);
  const failing = { context: of(new Tracked(8)), fail: throwError(() => "no") };
  const more = tracked(2);
  await assert.rejects(
    collect(withSingles(failing, (_, values) => values, from(more))),
    /no/,
  );
  assert.deepEqual(more.map((v) => v.owners), [0, 0]);
});

Deno.test("withSingles() releases what its work does not read to the end", async () => {
  const late = new Subject<string>();
  const source = new Subject<Tracked>();
  const values = tracked(4);
  const taken = collect(withSingles(
    { late },
    (_, values) => values.pipe(take(1)),
    source,
  ));
  values.slice(0, 2).forEach((value) => source.next(value));
  late.next("now");
  values.slice(2).forEach((value) => source.next(value));
  assert.deepEqual(await taken, [values[0]]);
  assert.deepEqual(values.slice(0, 2).map((v) => v.owners), [1, 0]);
  assert.equal(source.observed, false);
});
