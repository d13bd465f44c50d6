import assert from "node:assert/strict";
import { IdleGuard } from "../../../io/hub/idle_guard.ts";
import { Transient } from "../../../io/hub/retry.ts";

/** Timers whose time comes when the test says so. */
function heldTimers() {
  const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
  const waiting = new Map<number, () => void>();
  let last = 0;
  globalThis.setTimeout = ((run: () => void) => {
    waiting.set(++last, run);
    return last;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = (id) => void waiting.delete(id as number);
  return {
    pass: () => waiting.forEach((run) => run()),
    [Symbol.dispose]() {
      globalThis.setTimeout = real.set;
      globalThis.clearTimeout = real.clear;
    },
  };
}

Deno.test("IdleGuard lets a request live on behind steps that ended, however they ended", async () => {
  using time = heldTimers();
  const guard = new IdleGuard(1000, undefined);
  assert.equal(await guard.watch(Promise.resolve("bytes")), "bytes");
  await assert.rejects(guard.watch(Promise.reject(new Error("cut"))), /cut/);
  time.pass();
  assert.equal(guard.signal.aborted, false);
});

Deno.test("IdleGuard ends a request whose step is silent", async () => {
  using time = heldTimers();
  const guard = new IdleGuard(1000, undefined);
  const step = guard.watch(
    new Promise((_, reject) =>
      guard.signal.addEventListener(
        "abort",
        () => reject(guard.signal.reason),
      )
    ),
  );
  time.pass();
  await assert.rejects(
    step,
    (error) =>
      error instanceof Transient && error.kind === "stalled" &&
      error.message === "sent nothing for 1 s",
  );
});

Deno.test("IdleGuard ends the waiting for a step that never hears of the abort", async () => {
  using time = heldTimers();
  const guard = new IdleGuard(1000, undefined);
  const step = guard.watch(new Promise(() => {}));
  time.pass();
  await assert.rejects(step, Transient);
});
