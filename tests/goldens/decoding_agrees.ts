import assert from "node:assert/strict";
import { maxDiff } from "../kernels/random_model.ts";
import type { CaseRun } from "./case_run.ts";
import type { CaseGolden } from "./golden_case.ts";

/**
 * The question's last row's logits over the final cache, to 2e-3, and 16 greedy tokens with their text, exactly. The
 * question starts at P0, the length of the longest kept chunk (row 5). Gives the largest difference of a logit.
 */
export function assertDecodingAgrees(
  { asked, answer }: Pick<CaseRun, "asked" | "answer">,
  golden: CaseGolden,
): number {
  assert.deepEqual(asked.decodes, [golden.facts.position]);
  const { ids, logits } = asked.steps[0]!;
  assert.deepEqual([...ids], golden.facts.tail);
  const worst = maxDiff(logits, golden.float32("logits").data);
  assert(worst < 2e-3, `largest difference ${worst}`);
  const greedy = [...golden.int32("greedy").data];
  assert.deepEqual(asked.tokens, greedy);
  assert.equal(answer.tokens, 16);
  const bytes = greedy.flatMap((id) => [...asked.tokenizer.tokenBytes(id)]);
  assert.equal(
    answer.answer,
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(bytes),
    ),
  );
  return worst;
}
