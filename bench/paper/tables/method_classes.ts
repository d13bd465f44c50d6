import { loadMethod } from "../../../cli/eval/eval_method.ts";
import { chooseMethods } from "../../../cli/eval/methods.ts";
import {
  classOf,
  type MethodClass,
} from "../../../eval/report/method_class.ts";
import type { PaperRun } from "../paper_run.ts";

/** What methods know when they choose what is kept, by label. */
export type MethodClasses = ReadonlyMap<string, MethodClass>;

/**
 * The methods of a run in its order, and what each knows, as `eval` reads it from the nodes of their graphs: nothing needs
 * to have run. Paths are those of the run, from the repository's root.
 */
export async function methodClasses(
  { evals }: Pick<PaperRun, "evals">,
  root: URL,
): Promise<MethodClasses> {
  const classes = new Map<string, MethodClass>();
  for (const args of evals) {
    const files = valuesOf(args, "--methods")
      .map((path) => new URL(path, root).pathname);
    for (
      const choice of await chooseMethods(valuesOf(args, "--graph"), files)
    ) {
      if (classes.has(choice.label)) continue;
      const method = await loadMethod(choice, { share: true });
      classes.set(choice.label, classOf(method));
    }
  }
  return classes;
}

/** All that stands behind an option, up to the next one. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((word, at) => {
    if (word !== option) return [];
    const rest = args.slice(at + 1);
    const end = rest.findIndex((word) => word.startsWith("--"));
    return end < 0 ? rest : rest.slice(0, end);
  });
}
