import assert from "node:assert/strict";
import { PhaseClock } from "../../../cli/run/phase_clock.ts";
import type { RunEvent } from "../../../mod.ts";

const at = { node: "n", at: 0 };
const done = (stage: string): RunEvent => ({
  ...at,
  stage,
  type: "completed",
  items: 1,
  seconds: 0,
});
const chunk = (action: "prefilled" | "scored" | "kept"): RunEvent => ({
  ...at,
  stage: "s",
  type: "chunk",
  action,
  chunk: 0,
});

Deno.test("PhaseClock.note() counts the time up to an event to the phase that it reports", () => {
  const clock = new PhaseClock(1000);
  clock.note(done("model"), 1500);
  clock.note(done("my.stage"), 1600); // no phase of ours: its time goes to the next
  clock.note(done("tokenize"), 1700);
  clock.note(chunk("prefilled"), 2700);
  clock.note(chunk("scored"), 2900);
  clock.note(chunk("prefilled"), 3900);
  clock.note(chunk("kept"), 4000);
  clock.note({ ...at, stage: "decode", type: "token", text: "x" }, 4500);
  assert.deepEqual(clock.seconds(5000), {
    load: 0.5,
    tokenize: 0.2,
    prefill: 2,
    score: 0.3,
    evict: 0,
    merge: 0,
    decode: 0.5,
    total: 4,
  });
});

Deno.test("PhaseClock.note() counts reading again to the prefill, and what evicts merged contexts to eviction", () => {
  const clock = new PhaseClock(0);
  clock.note(done("merge"), 100);
  clock.note(done("evict.attention-merged"), 300);
  clock.note(done("reread"), 1300);
  clock.note(done("evict.attention-merged"), 1400);
  clock.note(done("decode"), 1900);
  const { evict, prefill, merge, decode } = clock.seconds(1900);
  assert.deepEqual([merge, evict, prefill, decode], [0.1, 0.3, 1, 0.5]);
});

Deno.test("PhaseClock.leaveOut() takes waiting off the total", () => {
  const clock = new PhaseClock(0);
  clock.note(done("model"), 1000);
  clock.leaveOut(61_000);
  clock.note(chunk("prefilled"), 62_000);
  const { load, prefill, total } = clock.seconds(62_000);
  assert.deepEqual([load, prefill, total], [1, 1, 2]);
  assert.equal(clock.began, 60_000);
});
