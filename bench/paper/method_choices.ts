import { fileURLToPath } from "node:url";
import { chooseMethods, type MethodChoice } from "../../cli/eval/methods.ts";
import type { PaperRun } from "./paper_run.ts";

/** The methods of a run in the order in which they are asked, each label once; files are named from the repository's root. */
export async function methodChoices(
  { evals }: Pick<PaperRun, "evals">,
  root: URL,
): Promise<MethodChoice[]> {
  const asked = await Promise.all(evals.map((args) => {
    const files = valuesOf(args, "--methods");
    return chooseMethods(
      valuesOf(args, "--graph"),
      files.map((file) => fileURLToPath(new URL(file, root))),
    );
  }));
  const first = new Map<string, MethodChoice>();
  for (const choice of asked.flat()) {
    if (!first.has(choice.label)) first.set(choice.label, choice);
  }
  return [...first.values()];
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
