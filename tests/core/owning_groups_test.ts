import assert from "node:assert/strict";
import { from, lastValueFrom, of, Subject, throwError, toArray } from "rxjs";
import { owningGroups } from "../../core/owning_groups.ts";
import { type Tracked, tracked } from "./tracked.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));
const one = { by: "n", concurrency: 1 } as const;

Deno.test("owningGroups() works on what arrives together, as far as it joins, in order", async () => {
  const groups: number[][] = [];
  const values = await lastValueFrom(
    from([1, 2, 3, 4, 5, 6, 7]).pipe(
      owningGroups({
        ...one,
        joins: (group) => group.length < 3,
        work: (group) => {
          groups.push([...group]);
          return group;
        },
      }),
      toArray(),
    ),
  );
  assert.deepEqual(groups, [[1, 2, 3], [4, 5, 6], [7]]);
  assert.deepEqual(values, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("owningGroups() never waits for a group to fill, and has so many groups at a time", async () => {
  const source = new Subject<string>();
  const running: PromiseWithResolvers<string[]>[] = [];
  const groups: string[] = [];
  const done = lastValueFrom(
    source.pipe(
      owningGroups({
        ...one,
        joins: () => true,
        work: (group) => {
          groups.push(group.join(""));
          running.push(Promise.withResolvers<string[]>());
          return running.at(-1)!.promise;
        },
      }),
      toArray(),
    ),
  );
  source.next("a");
  await turn();
  source.next("b");
  source.next("c");
  await turn();
  assert.deepEqual(groups, ["a"]);
  running[0]!.resolve(["A"]);
  await turn();
  assert.deepEqual(groups, ["a", "bc"]);
  source.complete();
  running[1]!.resolve(["B", "C"]);
  assert.deepEqual(await done, ["A", "B", "C"]);
});

Deno.test("owningGroups() releases the whole group when its work fails, and what still waits", async () => {
  const values = tracked(4);
  const failing = from(values).pipe(owningGroups({
    ...one,
    joins: (group) => group.length < 3,
    work: () => Promise.reject(new Error("work")),
  }));
  await assert.rejects(lastValueFrom(failing), { message: "work" });
  assert.deepEqual(values.map((v) => v.owners), [0, 0, 0, 0]);
});

Deno.test("owningGroups() passes errors of the source on", async () => {
  const broken = throwError(() => new Error("source"));
  const work = (group: readonly Tracked[]) => group;
  await assert.rejects(
    lastValueFrom(broken.pipe(owningGroups({ ...one, work }))),
    { message: "source" },
  );
  assert.equal(
    await lastValueFrom(of(7).pipe(owningGroups({ ...one, work: ([n]) => n }))),
    7,
  );
});
