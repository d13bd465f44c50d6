import type { PaperRun } from "./paper_run.ts";
import { rowsPath } from "./rows_path.ts";

/** Computes what rows of a run are missing, with further options of `eval`; says whether all went well. */
export async function runEvals(
  name: string,
  { evals, model }: PaperRun,
  options: readonly string[],
  root: URL,
): Promise<boolean> {
  const path = rowsPath(name, options);
  const more = [
    ...(model ? ["--model", await model()] : []),
    ...(path === undefined ? [] : ["--output", path]),
    ...options,
  ];
  let well = true;
  for (const args of evals) {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "parallelcomp", "eval", ...args, ...more],
      cwd: root,
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    well &&= success;
  }
  return well;
}
