import { fileURLToPath } from "node:url";
import { chooseMethods } from "../../cli/eval/methods.ts";
import type { PaperRun } from "./paper_run.ts";

const root = new URL("../../", import.meta.url);

/** Labels of a run's methods in the order in which they are asked. */
export async function methodOrder({ evals }: PaperRun): Promise<string[]> {
  const asked = await Promise.all(evals.map(async (args) => {
    const files = valuesOf(args, "--methods");
    return await chooseMethods(
      valuesOf(args, "--graph"),
      files.map((file) => fileURLToPath(new URL(file, root))),
    );
  }));
  return [...new Set(asked.flat().map(({ label }) => label))];
}

/** What stands behind an option, up to the next one. */
function valuesOf(args: readonly string[], option: string): string[] {
  const at = args.indexOf(option);
  if (at < 0) return [];
  const rest = args.slice(at + 1);
  const end = rest.findIndex((word) => word.startsWith("--"));
  return rest.slice(0, end < 0 ? undefined : end);
}
