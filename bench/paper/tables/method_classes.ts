import { loadMethod } from "../../../cli/eval/eval_method.ts";
import {
  classOf,
  type MethodClass,
} from "../../../eval/report/method_class.ts";
import { methodChoices } from "../method_choices.ts";
import type { PaperRun } from "../paper_run.ts";

/** What methods know when they choose what is kept, by label. */
export type MethodClasses = ReadonlyMap<string, MethodClass>;

/**
 * The methods of a run in its order, and what each knows, as `eval` reads it from the nodes of their graphs: nothing needs
 * to have run. Paths are those of the run, from the repository's root.
 */
export async function methodClasses(
  run: Pick<PaperRun, "evals">,
  root: URL,
): Promise<MethodClasses> {
  const classes = new Map<string, MethodClass>();
  for (const choice of await methodChoices(run, root)) {
    const method = await loadMethod(choice, { share: true });
    classes.set(choice.label, classOf(method));
  }
  return classes;
}
