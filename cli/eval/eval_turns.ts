import type { EvalCase } from "../../eval/eval_case.ts";
import type { EvalMethod } from "./eval_method.ts";
import { evalKeyText, isWhole } from "./eval_row.ts";
import { type EvalWork, keyOf } from "./eval_work.ts";
import { casesOf } from "./list_cases.ts";
import { byModel } from "./model_lender.ts";

/** A case with the methods, all of one model, whose rows are not there yet. */
export interface EvalTurn {
  readonly given: EvalCase;
  readonly methods: readonly EvalMethod[];
}

/** Methods by the case that they are missing on, for methods of one model. */
export type MissingRows = ReadonlyMap<string, readonly EvalMethod[]>;

/** What the file does not hold, model by model; rows that failed, and shortened ones, are computed again. */
export function missingRows(work: EvalWork): MissingRows[] {
  const { listed, methods, file } = work;
  return byModel(methods).map((group) => {
    const missing = [...listed.values()].map((one) => {
      const own = group.filter((method) => {
        const row = file.get(evalKeyText(keyOf(method, one, work)));
        return row === undefined || "error" in row || !isWhole(row);
      });
      return [one.id, own] as const;
    });
    return new Map(missing.filter(([, own]) => own.length > 0));
  });
}

/** The missing rows case by case; a case is made when it is asked for. */
export async function* evalTurns(
  { suite, choice, tools }: Pick<EvalWork, "suite" | "choice" | "tools">,
  missing: readonly MissingRows[],
  signal: AbortSignal,
): AsyncGenerator<EvalTurn> {
  for (const group of missing) {
    const left = new Map(group);
    if (left.size === 0) continue;
    for await (const given of casesOf(suite, choice, tools)) {
      signal.throwIfAborted();
      const methods = left.get(given.id);
      left.delete(given.id);
      if (methods) yield { given, methods };
      if (left.size === 0) break;
    }
  }
}
