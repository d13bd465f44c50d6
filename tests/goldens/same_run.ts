import assert from "node:assert/strict";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import type { CaseRun } from "./case_run.ts";

/** Two caches with the same entries, bit for bit. */
export function assertSameCache(ours: KvCache, theirs: KvCache): void {
  assert.equal(ours.bytes, theirs.bytes);
  assert.equal(ours.layers.length, theirs.layers.length);
  for (const [l, layer] of ours.layers.entries()) {
    for (const name of ["keys", "values", "positions", "counts"] as const) {
      const message = `${name} of layer ${l}`;
      assert(sameNumbers(layer[name], theirs.layers[l]![name]), message);
    }
  }
}

/** Two decodings with the same logits at every step, bit for bit, and the same answer. */
export function assertSameLogits(
  ours: Pick<CaseRun, "asked" | "answer">,
  theirs: Pick<CaseRun, "asked" | "answer">,
): void {
  assert.deepEqual(ours.asked.tokens, theirs.asked.tokens);
  assert.equal(ours.answer.answer, theirs.answer.answer);
  for (const [i, { logits }] of ours.asked.steps.entries()) {
    const message = `logits of step ${i}`;
    assert(sameNumbers(logits, theirs.asked.steps[i]!.logits), message);
  }
}

function sameNumbers(
  a: ArrayLike<number> | undefined,
  b: ArrayLike<number> | undefined,
): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length &&
    Array.prototype.every.call(a, (value, i) => value === b[i]);
}
