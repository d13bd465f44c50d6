import assert from "node:assert/strict";
import {
  concat,
  from,
  lastValueFrom,
  NEVER,
  Subject,
  take,
  throwError,
  toArray,
} from "rxjs";
import { gather } from "../../core/gather.ts";
import { type Owned } from "../../core/owned.ts";
import { owning } from "../../core/owning.ts";
import { Tracked, tracked } from "./tracked.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const owners = (values: readonly Tracked[]) => values.map((v) => v.owners);

Deno.test("owning() moves the ownership into the results, one or several", async () => {
  const values = tracked(2);
  const twice = from(values).pipe(
    owning("n", 1, (value: Tracked) => {
      value.retain();
      return [value, value];
    }),
    toArray(),
  );
  assert.equal((await lastValueFrom(twice)).length, 4);
  assert.deepEqual(owners(values), [2, 2]);
  const passed = from(values).pipe(owning("n", 1, (v: Tracked) => v));
  await lastValueFrom(passed);
  assert.deepEqual(owners(values), [2, 2]);
});

for (
  const [how, fail] of [
    ["throws", () => {
      throw new Error("no");
    }],
    ["rejects", () => Promise.reject(new Error("no"))],
  ] as const
) {
  Deno.test(`owning() releases the item whose work ${how}, and all that wait`, async () => {
    const values = tracked(3);
    await assert.rejects(
      lastValueFrom(from(values).pipe(owning("n", 1, fail))),
      { message: "no" },
    );
    assert.deepEqual(owners(values), [0, 0, 0]);
  });
}

Deno.test("owning() releases the results of the other work when one fails", async () => {
  const values = tracked(2);
  const gates = values.map(() => Promise.withResolvers<Tracked>());
  const failing = lastValueFrom(
    from(values).pipe(owning("n", 2, ({ id }: Tracked) => gates[id]!.promise)),
  );
  gates[0]!.reject(new Error("no"));
  await assert.rejects(failing, { message: "no" });
  assert.deepEqual(owners(values), [0, 1]);
  gates[1]!.resolve(values[1]!);
  await settle();
  assert.deepEqual(owners(values), [0, 0]);
});

Deno.test("owning() releases the item whose work fails after the reader has left", async () => {
  const values = tracked(2);
  let aborted = false;
  const work = (_: Tracked, signal: AbortSignal) =>
    new Promise<Tracked>((_, reject) => {
      signal.onabort = () => {
        aborted = true;
        reject(signal.reason);
      };
    });
  concat(from(values), NEVER).pipe(owning("n", 1, work)).subscribe()
    .unsubscribe();
  await settle();
  assert.equal(aborted, true);
  assert.deepEqual(owners(values), [0, 0]);
});

Deno.test("owning() releases what its reader does not take of several results", async () => {
  const results = tracked(3);
  const first = from([1, 2]).pipe(owning("n", 1, () => results), take(1));
  assert.equal(await lastValueFrom(first), results[0]);
  assert.deepEqual(owners(results), [1, 0, 0]);
});

Deno.test("owning() releases everything when the stream before it fails", async () => {
  const values = tracked(3);
  const broken = concat(from(values), throwError(() => new Error("before")));
  const work = (value: Tracked) => settle().then(() => value);
  await assert.rejects(
    lastValueFrom(broken.pipe(owning("n", 1, work))),
    { message: "before" },
  );
  await settle();
  assert.deepEqual(owners(values), [0, 0, 0]);
});

Deno.test("owning() parks what waits, by its name, and nothing else", async () => {
  const log: string[] = [];
  const value = (id: string): Owned => ({
    retain: () => {},
    release: () => log.push(`release ${id}`),
    park: (by) => log.push(`park ${id} ${by}`),
    unpark: (by) => log.push(`unpark ${id} ${by}`),
  });
  const source = new Subject<Owned>();
  const gate = Promise.withResolvers<Owned>();
  const subscription = source.pipe(owning("n", 1, () => gate.promise))
    .subscribe();
  source.next(value("a"));
  log.length = 0;
  source.next(value("b"));
  assert.deepEqual(log, ["park b n"]);
  subscription.unsubscribe();
  assert.deepEqual(log, ["park b n", "unpark b n", "release b"]);
  gate.reject(new Error("too late"));
  await settle();
  assert.deepEqual(log.at(-1), "release a");
});

Deno.test("gather() hands everything over at the end, and releases it when there is none", async () => {
  const values = tracked(2);
  assert.deepEqual(
    await lastValueFrom(from(values).pipe(gather("n"))),
    values,
  );
  assert.deepEqual(owners(values), [1, 1]);
  const broken = concat(from(values), throwError(() => new Error("before")));
  await assert.rejects(lastValueFrom(broken.pipe(gather("n"))), /before/);
  assert.deepEqual(owners(values), [0, 0]);
  const others = tracked(2);
  concat(from(others), NEVER).pipe(gather("n")).subscribe().unsubscribe();
  assert.deepEqual(owners(others), [0, 0]);
});
