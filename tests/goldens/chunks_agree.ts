import assert from "node:assert/strict";
import type { CaseRun } from "./case_run.ts";
import type { CaseGolden } from "./golden_case.ts";

/** Prompt ids and scored range, exactly. */
export function assertPromptAgrees(
  { prompt }: CaseRun,
  { facts }: CaseGolden,
): void {
  assert.deepEqual([...prompt.lead], facts.lead);
  assert.deepEqual([...prompt.tail], facts.tail);
  assert.deepEqual(prompt.scored, facts.scored);
}

/**
 * Borders of all chunks, exactly. Every chunk is prefilled once, from position 0, with the lead before it; the question
 * behind it is asked at the position that follows.
 */
export function assertBordersAgree(
  { chunks, scored, asked }: CaseRun,
  { facts }: CaseGolden,
): void {
  let start = 0;
  const borders = chunks.map(({ index, tokens }) => {
    const border = { index, start, tokens: tokens.length };
    start += tokens.length;
    return border;
  });
  const expected = facts.chunks.map(({ score: _, ...border }) => border);
  assert.deepEqual(borders, expected);
  for (const { chunk, cache, entriesBefore } of scored) {
    assert.deepEqual([...chunk.lead], facts.lead);
    assert.equal(entriesBefore, facts.lead.length + chunk.tokens.length);
    for (const { positions, entries } of cache.layers) {
      const first = entriesBefore - entries;
      assert(positions.every((at, i) => at === first + i % entries));
    }
  }
  const items = asked.batches.flat();
  const whole = chunks.map(({ lead, tokens }) => [...lead, ...tokens]);
  assert.deepEqual(items.map(({ ids }) => [...ids]), whole);
  const onePass = items.every((item) => item.tail !== undefined);
  if (onePass) {
    assert(items.every(({ tail }) => `${tail}` === `${facts.tail}`));
  } else {
    const behind = asked.requeries.slice(0, chunks.length);
    assert.deepEqual(behind, whole.map((ids) => ids.length));
  }
}

/**
 * Scores and the log-probabilities behind them, to 1e-4 nats. The first row is left out: what predicts it is the
 * chunk's last token, of which a cache holds no logits. Gives the largest difference.
 */
export function assertScoresAgree(
  { scored }: CaseRun,
  golden: CaseGolden,
): number {
  const { shape, data } = golden.float32("tail_log_probs"); // [chunks, rows]
  const rows = shape[1]!;
  let worst = 0;
  for (const [i, { score, question }] of scored.entries()) {
    worst = Math.max(worst, Math.abs(score! - golden.facts.chunks[i]!.score));
    for (let row = 1; row < rows; row++) {
      const difference = question!.logProbs[row]! - data[i * rows + row]!;
      worst = Math.max(worst, Math.abs(difference));
    }
  }
  assert(worst < 1e-4, `largest difference ${worst}`);
  return worst;
}

/** The chunks that the queue kept, in the document's order. */
export function assertSelectionAgrees(
  { best }: CaseRun,
  { facts }: CaseGolden,
): void {
  assert.deepEqual(best.map(({ chunk }) => chunk.index), facts.kept);
}
