import assert from "node:assert/strict";
import { from, lastValueFrom, of, Subject, throwError, toArray } from "rxjs";
import { inGroups } from "../../stages/in_groups.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("inGroups() works on what arrives together, as far as it joins, in order", async () => {
  const groups: number[][] = [];
  const values = await lastValueFrom(
    inGroups(from([1, 2, 3, 4, 5, 6, 7]), {
      joins: (group) => group.length < 3,
      work: (group) => {
        groups.push([...group]);
        return from(group);
      },
    }).pipe(toArray()),
  );
  assert.deepEqual(groups, [[1, 2, 3], [4, 5, 6], [7]]);
  assert.deepEqual(values, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("inGroups() never waits for a group to fill, and has one group at a time", async () => {
  const source = new Subject<string>();
  const running: Subject<string>[] = [];
  const groups: string[] = [];
  const seen: string[] = [];
  const done = lastValueFrom(
    inGroups(source, {
      joins: () => true,
      work: (group) => {
        groups.push(group.join(""));
        running.push(new Subject());
        return running.at(-1)!;
      },
    }).pipe(toArray()),
  ).then((values) => seen.push(...values));
  source.next("a");
  await turn();
  source.next("b");
  source.next("c");
  await turn();
  assert.deepEqual(groups, ["a"]);
  running[0]!.next("A");
  running[0]!.complete();
  assert.deepEqual(groups, ["a", "bc"]);
  source.complete();
  running[1]!.next("BC");
  running[1]!.complete();
  await done;
  assert.deepEqual(seen, ["A", "BC"]);
});

Deno.test("inGroups() releases what still waits when the run stops", async () => {
  const released: number[] = [];
  const owned = (n: number) => ({
    retain: () => {},
    release: () => released.push(n),
  });
  const source = new Subject<ReturnType<typeof owned>>();
  const subscription = inGroups(source, {
    joins: () => false,
    work: () => new Subject<never>(),
  }).subscribe();
  for (const n of [1, 2, 3]) source.next(owned(n));
  await turn();
  subscription.unsubscribe();
  assert.deepEqual(released, [2, 3]);
});

Deno.test("inGroups() passes errors of the source and of the work on", async () => {
  const broken = throwError(() => new Error("source"));
  const joins = () => true;
  await assert.rejects(
    lastValueFrom(inGroups(broken, { joins, work: (g) => from(g) })),
    /source/,
  );
  const fails = () => throwError(() => new Error("work"));
  await assert.rejects(
    lastValueFrom(inGroups(of(1), { joins, work: fails })),
    { message: "work" },
  );
});
