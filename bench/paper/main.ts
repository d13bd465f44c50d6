// deno-lint-ignore-file no-console
/**
 * Makes shapes of the paper's tables again with the bundled model: `deno task eval:paper [names]`.
 * Rows and table go to `bench/results/paper/NAME.jsonl` and `.json`; rows that are there are not computed again. What
 * each run is for, and what came out, is in `eval/PAPER.md`.
 *
 * @module
 */
import { paperRuns } from "./runs.ts";

const folder = "bench/results/paper";
const unknown = Deno.args.find((name) => !Object.hasOwn(paperRuns, name));
if (unknown !== undefined) {
  console.error(
    `No run is called '${unknown}'; runs: ${Object.keys(paperRuns).join(", ")}`,
  );
  Deno.exit(2);
}
await Deno.mkdir(new URL("../results/paper/", import.meta.url), {
  recursive: true,
});
let failed = 0;
for (const name of Deno.args.length > 0 ? Deno.args : Object.keys(paperRuns)) {
  console.log(`\n${name}`);
  const output = ["--output", `${folder}/${name}.jsonl`];
  const table = ["--table", `${folder}/${name}.json`];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--quiet", "parallelcomp", "eval", ...paperRuns[name]!],
      ...[...output, ...table],
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) failed++;
}
Deno.exit(failed > 0 ? 1 : 0);
