// deno-lint-ignore-file no-console
/**
 * Makes shapes of the paper's figures and tables again with the bundled model: `deno task eval:paper [names]`.
 * Rows go to `bench/results/paper/NAME.jsonl`, which git does not hold (a stage that gets an option makes them rows of
 * another graph), tables to `NAME.json`, scores by case and paired differences to `NAME.pairs.json`. Rows that are there
 * are not computed again. What each run is for, and what came out, is in `eval/PAPER.md`.
 *
 * @module
 */
import { readEvalRows } from "../../cli/eval/read_rows.ts";
import { runFigures } from "./figures/run_figures.ts";
import { methodPairs } from "./method_pairs.ts";
import { paperRuns } from "./runs.ts";

const root = new URL("../../", import.meta.url);
const folder = "bench/results/paper";
const names = ["figures", ...Object.keys(paperRuns)];
const unknown = Deno.args.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`No run is called '${unknown}'; runs: ${names.join(", ")}`);
  Deno.exit(2);
}
await Deno.mkdir(new URL(folder, root), { recursive: true });
let failed = 0;
for (const name of Deno.args.length > 0 ? Deno.args : names) {
  console.log(`\n${name}`);
  if (name === "figures") {
    await runFigures(root);
    continue;
  }
  const { args, against } = paperRuns[name]!;
  const output = ["--output", `${folder}/${name}.jsonl`];
  const table = ["--table", `${folder}/${name}.json`];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--quiet", "parallelcomp", "eval", ...args],
      ...[...output, ...table],
    ],
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) {
    failed++;
    continue;
  }
  const rows = await readEvalRows(
    new URL(`${folder}/${name}.jsonl`, root).pathname,
  );
  await Deno.writeTextFile(
    new URL(`${folder}/${name}.pairs.json`, root),
    JSON.stringify({
      command: `deno task eval:paper ${name}`,
      ...methodPairs(rows, against),
    }) + "\n",
  );
}
Deno.exit(failed > 0 ? 1 : 0);
