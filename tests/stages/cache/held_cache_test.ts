import assert from "node:assert/strict";
import type { Lease } from "../../../core/budget.ts";
import { HeldCache } from "../../../stages/cache/held_cache.ts";

/** A lease that says what happens to it. */
function noted(): { lease: Lease; log: string[] } {
  const log: string[] = [];
  const lease: Lease = {
    bytes: 8,
    shrink: () => {},
    park: (by) => log.push(by),
    unpark: () => log.push("at work"),
    [Symbol.dispose]: () => log.push("given back"),
  };
  return { lease, log };
}
const cache = { kvHeads: 1, headDim: 1, layers: [], bytes: 8 };

Deno.test("HeldCache parks its lease while every reader's share is parked", () => {
  const { lease, log } = noted();
  const held = new HeldCache(cache, lease);
  held.retain();
  held.park("a");
  assert.equal(log.at(-1), "at work");
  held.park("b");
  assert.equal(log.at(-1), "a and b");
  held.unpark("a");
  assert.equal(log.at(-1), "at work");
  held.release();
  assert.equal(log.at(-1), "b", "who is left waits");
  held.retain();
  assert.equal(log.at(-1), "at work");
  held.unpark("b");
  held.release();
  held.release();
  assert.deepEqual(log.slice(-1), ["given back"]);
});

Deno.test("HeldCache hands its lease on from its only reader", () => {
  const { lease, log } = noted();
  const held = new HeldCache(cache, lease);
  held.retain();
  assert.deepEqual([held.ownBytes, held.handOn()], [0, undefined]);
  assert.deepEqual([held.ownBytes, held.handOn()], [8, lease]);
  held.release(); // once too often
  assert(!log.includes("given back"));
});
