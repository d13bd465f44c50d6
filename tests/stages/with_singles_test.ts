import assert from "node:assert/strict";
import {
  BehaviorSubject,
  EMPTY,
  map,
  NEVER,
  Observable,
  of,
  Subject,
} from "rxjs";
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
