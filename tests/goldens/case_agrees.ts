import type { CaseRun } from "./case_run.ts";
import {
  assertBordersAgree,
  assertPromptAgrees,
  assertScoresAgree,
  assertSelectionAgrees,
} from "./chunks_agree.ts";
import { assertDecodingAgrees } from "./decoding_agrees.ts";
import {
  assertEntriesAgree,
  assertMergedEntriesAgree,
  type AttentionDifference,
  larger,
} from "./entries_agree.ts";
import type { CaseGolden } from "./golden_case.ts";
import { assertMergedAgrees } from "./merged_agree.ts";

/** Largest differences between a run and its golden. */
export interface CaseDifference extends AttentionDifference {
  readonly score: number;
  readonly kv: number;
  readonly logits: number;
}

/** Every stage of a run against its golden. */
export async function assertCaseAgrees(
  run: CaseRun,
  golden: CaseGolden,
): Promise<CaseDifference> {
  assertPromptAgrees(run, golden);
  assertBordersAgree(run, golden);
  const score = assertScoresAgree(run, golden);
  assertSelectionAgrees(run, golden);
  const entries = larger(
    await assertEntriesAgree(run, golden),
    await assertMergedEntriesAgree(run, golden),
  );
  const kv = assertMergedAgrees(run, golden);
  const logits = assertDecodingAgrees(run, golden);
  return { ...entries, score, kv, logits };
}
