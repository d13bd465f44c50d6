import type { CaseChoice, CaseTools, Suite } from "../../eval/suite.ts";
import type { RowsFile } from "../experiment/rows_file.ts";
import type { EvalMethod } from "./eval_method.ts";
import type { EvalKey, EvalRow } from "./eval_row.ts";
import type { ListedCase } from "./list_cases.ts";

/** What is to be computed, and where it goes. */
export interface EvalWork {
  readonly suite: Suite;
  readonly choice: CaseChoice;
  readonly tools: CaseTools;
  readonly listed: ReadonlyMap<string, ListedCase>;
  readonly methods: readonly EvalMethod[];
  readonly model: ModelFacts;
  readonly dataHash: string | null;
  readonly file: RowsFile<EvalRow>;
}

/** What rows say of the model; it is the same for all methods. */
export interface ModelFacts {
  readonly path: string;
  readonly hash: string | null;
  readonly vocabularyHash: string;
  readonly chatTemplateHash: string | null;
}

/** What a method's row on a case is about. */
export function keyOf(
  { label, effectiveHash }: EvalMethod,
  { hash }: ListedCase,
  { model }: Pick<EvalWork, "model">,
): EvalKey {
  return {
    method: label,
    effectiveHash,
    caseHash: hash,
    modelHash: model.hash,
  };
}
