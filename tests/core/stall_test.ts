import assert from "node:assert/strict";
import { Budget } from "../../core/budget.ts";
import { joinLeases } from "../../core/lease.ts";
import { whileParked } from "../../core/owned.ts";

/** A budget whose quiet while ends when the test says so. */
function quietBudget(total: number) {
  const waiting = new Set<() => void>();
  const budget = new Budget(total, (then) => {
    waiting.add(then);
    return () => waiting.delete(then);
  });
  const quiet = () => {
    for (const then of [...waiting]) {
      waiting.delete(then);
      then();
    }
  };
  return { budget, quiet, waiting };
}

Deno.test("Budget refuses the first who waits when every lease is parked, and serves the next", async () => {
  const { budget, quiet } = quietBudget(4096);
  const a = await budget.lease(2048);
  const b = await budget.lease(1024);
  const big = budget.lease(3072);
  const small = budget.lease(1024);
  a.park("merge");
  b.park("best");
  quiet();
  await assert.rejects(big, {
    name: "BudgetError",
    message:
      "Waiting for 3 KiB would never end: of the budget of 4 KiB, 2 KiB at merge, 1 KiB at best are kept until more arrives; keep fewer chunks, make them smaller (a smaller window), or allow more memory",
  });
  assert.equal((await small).bytes, 1024);
});

Deno.test("Budget lets wait as long as one lease is active, also one of 0 bytes", async () => {
  const { budget, quiet, waiting } = quietBudget(10);
  const lease = await budget.lease(10);
  const work = budget.track();
  const next = budget.lease(5);
  lease.park("n");
  quiet();
  assert.equal(waiting.size, 0);
  work[Symbol.dispose]();
  assert.equal(waiting.size, 1);
  lease.unpark();
  assert.equal(waiting.size, 0);
  lease.park("n");
  assert.equal(waiting.size, 1);
  lease.shrink(5);
  assert.equal((await next).bytes, 5);
  assert.equal(waiting.size, 0, "nobody waits");
});

Deno.test("Budget gives up its quiet while with the last who waits", async () => {
  const { budget, waiting } = quietBudget(10);
  (await budget.lease(10)).park("n");
  const controller = new AbortController();
  const next = budget.lease(5, controller.signal);
  assert.equal(waiting.size, 1);
  controller.abort(new Error("enough"));
  await assert.rejects(next, { message: "enough" });
  assert.equal(waiting.size, 0);
});

Deno.test("Budget grants several leases together or not at all", async () => {
  const { budget } = quietBudget(10);
  const first = await budget.lease(5);
  const pair = budget.leaseAll([3, 4]);
  const other = budget.leaseAll([1, 1]);
  await Promise.resolve();
  assert.equal(budget.used, 5);
  first[Symbol.dispose]();
  const leases = [...await pair, ...await other];
  assert.deepEqual(leases.map(({ bytes }) => bytes), [3, 4, 1, 1]);
  for (const lease of leases) lease[Symbol.dispose]();
  assert.equal(budget.used, 0);
  await assert.rejects(budget.leaseAll([6, 5]), { name: "BudgetError" });
  await assert.rejects(budget.leaseAll([1, -1]), { name: "RangeError" });
});

Deno.test("joinLeases() shrinks, parks and gives back several as one", async () => {
  const { budget, quiet } = quietBudget(10);
  const joined = joinLeases(await budget.leaseAll([4, 6]));
  assert.equal(joined.bytes, 10);
  joined.shrink(5);
  assert.deepEqual([joined.bytes, budget.used], [5, 5]);
  const next = budget.lease(10);
  joined.park("n");
  joined.unpark();
  quiet();
  joined.park("n");
  quiet();
  await assert.rejects(next, /5 bytes at n/);
  joined[Symbol.dispose]();
  assert.equal(budget.used, 0);
});

Deno.test("whileParked() takes the park back, however the wait ends", async () => {
  const log: string[] = [];
  const value = {
    retain: () => {},
    release: () => {},
    park: (by: string) => log.push(`park ${by}`),
    unpark: (by: string) => log.push(`unpark ${by}`),
  };
  const one = await whileParked([value], "n", () => Promise.resolve(1));
  assert.equal(one, 1);
  const fails = () => Promise.reject(new Error("no"));
  await assert.rejects(whileParked(value, "m", fails), { message: "no" });
  assert.deepEqual(log, ["park n", "unpark n", "park m", "unpark m"]);
});
