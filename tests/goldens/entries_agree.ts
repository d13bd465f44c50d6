import assert from "node:assert/strict";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { scoreEntries } from "../../stages/evict/entry_scores.ts";
import { lastRowsAttention } from "../../stages/evict/last_rows_attention.ts";
import { scoreByAttention } from "../../stages/evict/attention.ts";
import { EvictAttentionOptions } from "../../stages/mod.ts";
import { reduceGroups } from "../../stages/evict/reduce_groups.ts";
import { shareScores } from "../../stages/evict/share_scores.ts";
import type { KvChunk } from "../../stages/types.ts";
import { stepsOf } from "./case_graph.ts";
import type { CaseRun } from "./case_run.ts";
import type { CaseGolden, RuleFacts } from "./golden_case.ts";
import {
  droppedPlaces,
  heldPositions,
  type Place,
  raggedRows,
  survivors,
} from "./held_entries.ts";

/** Largest differences in what entries are ranked by. */
export interface AttentionDifference {
  /** Relative to the largest vote of the chunk. */
  readonly votes: number;
  /** Absolute. */
  readonly calibration: number;
}

const none: AttentionDifference = { votes: 0, calibration: 0 };

/**
 * What every step left of every kept chunk, exactly: the kept entries of each layer and head, and what calibration
 * dropped. What decides it agrees too: votes to 1e-5 of a chunk's largest, calibration's attention to 1e-6. No golden
 * hangs on less, so that no tie has to be allowed.
 */
export async function assertEntriesAgree(
  run: CaseRun,
  golden: CaseGolden,
): Promise<AttentionDifference> {
  const steps = stepsOf(golden.facts);
  const last = run.after[steps.at(-1)!] ?? [];
  for (const { chunk, cache } of last) {
    const expected = raggedRows(golden.int16(`kept/${chunk.index}`));
    assert.deepEqual(heldPositions(cache), expected, `chunk ${chunk.index}`);
  }
  let worst = none;
  for (const [i, step] of steps.entries()) {
    const before = i === 0 ? run.best : run.after[steps[i - 1]!]!;
    for (const [j, chunk] of before.entries()) {
      const left = run.after[step]![j]!.cache;
      if (step === "calibrate") {
        const index = chunk.chunk.index;
        const difference = await assertDropsAgree(
          {
            asked: run.asked,
            before: chunk.cache,
            left,
            question: chunk.question!,
          },
          { golden, name: `${index}`, rules: golden.facts.calibrate! },
        );
        worst = larger(worst, { votes: 0, calibration: difference });
      } else if (!golden.facts.calibrate) {
        const votes = await votesDifference(run, chunk, golden);
        worst = larger(worst, { votes, calibration: 0 });
      }
    }
  }
  return worst;
}

/** What the steps on the merged cache left, exactly, and the attention that calibration dropped. */
export async function assertMergedEntriesAgree(
  { asked, merged, context, prompt }: CaseRun,
  golden: CaseGolden,
): Promise<AttentionDifference> {
  const { mergedVotes, mergedCalibrate } = golden.facts;
  if (mergedVotes) {
    assert.deepEqual(
      survivors(merged.cache, context.cache),
      raggedRows(golden.int16("kept/merged")),
    );
  }
  if (!mergedCalibrate) return none;
  const [question] = await asked.requery([merged], prompt.tail);
  const calibration = await assertDropsAgree(
    { asked, before: merged.cache, left: context.cache, question: question! },
    { golden, name: "merged", rules: mergedCalibrate },
  );
  return { votes: 0, calibration };
}

/** The larger of each difference. */
export function larger(
  a: AttentionDifference,
  b: AttentionDifference,
): AttentionDifference {
  return {
    votes: Math.max(a.votes, b.votes),
    calibration: Math.max(a.calibration, b.calibration),
  };
}

interface Calibrated {
  readonly asked: LanguageModel;
  readonly before: KvCache;
  readonly left: KvCache;
  readonly question: QuestionStats;
}

async function assertDropsAgree(
  { asked, before, left, question }: Calibrated,
  expected: { golden: CaseGolden; name: string; rules: readonly RuleFacts[] },
): Promise<number> {
  const { golden, name, rules } = expected;
  const { data } = golden.int32(`dropped/${name}`); // [dropped, 3]
  const reference = golden.float32(`dropped_attention/${name}`).data;
  const places = droppedPlaces(before, left);
  const named = name === "merged"
    ? places
    : places.map(([l, head, i]): Place => {
      const { positions, entries } = before.layers[l]!;
      return [l, head, positions[head * entries + i]!];
    });
  assert.deepEqual(named.flat(), [...data], `dropped from ${name}`);
  const [{ rows }] = rules as [RuleFacts];
  assert(rules.every((rule) => rule.rows === rows));
  const mean = await meanAttention(asked, before, question, rows);
  let worst = 0;
  for (const [i, [l, head, entry]] of places.entries()) {
    const ours = mean[l]![head * before.layers[l]!.entries + entry]!;
    worst = Math.max(worst, Math.abs(ours - reference[i]!));
  }
  assert(worst < 1e-6, `attention of the dropped differs by ${worst}`);
  return worst;
}

async function meanAttention(
  model: LanguageModel,
  cache: KvCache,
  question: QuestionStats,
  rows: number,
): Promise<Float32Array[]> {
  const { signal } = new AbortController();
  const last = { rows, mean: true };
  const mass = await lastRowsAttention(model, cache, question, last, signal);
  const { kvHeads } = cache;
  return mass.map((attention, l) => {
    const { entries } = cache.layers[l]!;
    const heads = attention.length / entries;
    const out = new Float32Array(kvHeads * entries); // [kvHeads, entries]
    reduceGroups({ attention, heads, kvHeads, entries }, out, "mean");
    return out;
  });
}

async function votesDifference(
  { asked }: CaseRun,
  { chunk, cache, question }: KvChunk,
  golden: CaseGolden,
): Promise<number> {
  const { rows, pool, share } = golden.facts.votes!;
  const options = EvictAttentionOptions.parse({ rows, pool, share });
  const { signal } = new AbortController();
  const last = { rows: rows === "question" ? Infinity : rows };
  const attention = await lastRowsAttention(
    asked,
    cache,
    question!,
    last,
    signal,
  );
  const scores = scoreEntries(
    scoreByAttention,
    {
      cache,
      lead: chunk.lead.length,
      chunk: chunk.index,
      length: chunk.lead.length + chunk.tokens.length,
      given: attention.map((attention) => ({ attention })), // [heads, entries]
    },
    options,
  );
  shareScores(scores, cache, share);
  const held = (vote: number) => vote >= 0; // a layer with a sliding window holds the newest only
  const reference = golden.float32(`votes/${chunk.index}`).data.filter(held); // layers × [kvHeads, held]
  let worst = 0;
  let at = 0;
  for (const layer of scores) {
    for (const vote of layer) {
      worst = Math.max(worst, Math.abs(vote - reference[at++]!));
    }
  }
  assert.equal(at, reference.length);
  worst /= reference.reduce((a, b) => Math.max(a, b));
  assert(worst < 1e-5, `votes differ by ${worst} of the largest`);
  return worst;
}
