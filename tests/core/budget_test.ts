import assert from "node:assert/strict";
import fc from "fast-check";
import { Budget, type Lease } from "../../core/budget.ts";

/** Lets everything run that waits for a promise. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("Budget counts what is leased, free and at its peak", async () => {
  const budget = new Budget(100);
  const a = await budget.lease(60);
  const b = await budget.lease(40);
  assert.deepEqual([budget.used, budget.free, budget.peak], [100, 0, 100]);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  assert.deepEqual([budget.used, budget.free, budget.peak], [40, 60, 100]);
  b[Symbol.dispose]();
  assert.equal(budget.used, 0);
});

Deno.test("Budget serves requests in their order: a small one does not overtake", async () => {
  const budget = new Budget(100);
  const first = await budget.lease(80);
  const order: string[] = [];
  const big = budget.lease(90).then((lease) => {
    order.push("big");
    return lease;
  });
  const small = budget.lease(10).then((lease) => {
    order.push("small");
    return lease;
  });
  await settle();
  assert.deepEqual(order, []);
  first[Symbol.dispose]();
  await Promise.all([big, small]);
  assert.deepEqual(order, ["big", "small"]);
});

Deno.test("Budget lets a lease shrink, and serves who waits", async () => {
  const budget = new Budget(100);
  const lease = await budget.lease(100);
  const waiting = budget.lease(70);
  lease.shrink(30);
  assert.equal(lease.bytes, 30);
  const other = await waiting;
  assert.equal(budget.used, 100);
  lease.shrink(50);
  assert.equal(lease.bytes, 30, "a lease does not grow");
  lease[Symbol.dispose]();
  other[Symbol.dispose]();
  assert.equal(budget.used, 0);
});

Deno.test("Budget forgets who aborts, and serves who stood behind", async () => {
  const budget = new Budget(100);
  const first = await budget.lease(50);
  const controller = new AbortController();
  const big = budget.lease(80, controller.signal);
  const small = budget.lease(50);
  const refused = assert.rejects(big, { message: "enough" });
  controller.abort(new Error("enough"));
  await refused;
  const second = await small;
  assert.equal(budget.used, 100);
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  assert.equal(budget.used, 0);
});

Deno.test("Budget does not take back a lease when its signal aborts later", async () => {
  const budget = new Budget(100);
  const controller = new AbortController();
  const first = await budget.lease(100);
  const waiting = budget.lease(100, controller.signal);
  const next = budget.lease(100);
  first[Symbol.dispose]();
  controller.abort();
  const lease = await waiting;
  assert.equal(budget.used, 100);
  lease[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  await assert.rejects(budget.lease(1, controller.signal), {
    name: "AbortError",
  });
});

Deno.test("Budget refuses what it could never grant, in readable units", async () => {
  const budget = new Budget(1024 ** 3);
  await assert.rejects(budget.lease(2.5 * 1024 ** 3), {
    name: "BudgetError",
    message:
      "Cannot lease 2.5 GiB: the whole budget is 1 GiB; allow more memory, or make the pieces smaller",
  });
  await assert.rejects(budget.lease(-1), { name: "RangeError" });
  await assert.rejects(budget.lease(NaN), { name: "RangeError" });
  assert.throws(() => new Budget(-1), { name: "RangeError" });
  using nothing = await new Budget(0).lease(0);
  assert.equal(nothing.bytes, 0);
});

Deno.test("Budget never lends more than it has, and lends again all it got back", async () => {
  const request = fc.record({
    bytes: fc.integer({ min: 0, max: 50 }),
    shrinks: fc.nat(50),
    aborts: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
      const budget = new Budget(50);
      const work = requests.map(async ({ bytes, shrinks, aborts }) => {
        const controller = new AbortController();
        const leasing = budget.lease(bytes, controller.signal);
        if (aborts) controller.abort();
        const lease: Lease | undefined = await leasing.catch(() => undefined);
        assert(budget.used <= 50);
        await Promise.resolve();
        lease?.shrink(shrinks);
        await Promise.resolve();
        lease?.[Symbol.dispose]();
      });
      await Promise.all(work);
      assert.deepEqual([budget.used, budget.free], [0, 50]);
      assert(budget.peak <= 50);
    }),
  );
});
