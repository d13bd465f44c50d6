// deno-lint-ignore-file no-console
/**
 * Makes shapes of the paper's figures and tables again: `deno task eval:paper [names] [options of eval]`.
 * Rows go to `bench/results/paper/NAME.jsonl`. Git does not hold them; it gets those that the run asks, shortened
 * (`NAME.rows.jsonl.gz`), their table (`NAME.json`), scores by case and paired differences (`NAME.pairs.json`). Rows in
 * `NAME.jsonl` are not computed again; with `--only-scores` none is, and rows of other machines (`NAME.ANYTHING.jsonl`)
 * and those that git holds count, too. `deno task report` makes one page of all rows that git holds.
 * `tables` writes the tables of documents from scores. What each run is for, and what came out, is in `eval/PAPER.md`.
 *
 * @module
 */
import { runFigures } from "./figures/run_figures.ts";
import { type PaperArguments, paperArguments } from "./paper_arguments.ts";
import { isPart, resultsFolder } from "./rows_path.ts";
import { runEvals } from "./run_evals.ts";
import { paperRuns } from "./runs.ts";
import { writeTables } from "./tables/write_tables.ts";
import { writeScores } from "./write_scores.ts";

const root = new URL("../../", import.meta.url);
const folder = new URL(`${resultsFolder}/`, root);

/** Whether what has that name went well. */
async function make(
  name: string,
  { onlyScores, note, options }: PaperArguments,
): Promise<boolean> {
  if (name === "figures") await runFigures(root);
  else if (name === "tables") await writeTables(root);
  else {
    const run = paperRuns[name]!;
    if (!onlyScores) {
      if (!await runEvals(name, run, options, root)) return false;
      if (isPart(options)) {
        console.log(
          `${name}: a part; when all parts are there: deno task eval:paper ${name} --only-scores`,
        );
        return true;
      }
    }
    await writeScores(name, run, folder, note);
  }
  return true;
}

function argumentsOf(args: readonly string[]): PaperArguments {
  try {
    return paperArguments(args);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}

const given = argumentsOf(Deno.args);
const runs = Object.keys(paperRuns);
const names = ["figures", "tables", ...runs];
const unknown = given.names.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`No run is called '${unknown}'; runs: ${names.join(", ")}`);
  Deno.exit(2);
}
const byName = runs.filter((name) => paperRuns[name]!.onlyNamed);
if (given.names.length === 0) {
  console.log("Run only where they are named:");
  for (const name of byName) {
    console.log(`  ${name} (${paperRuns[name]!.onlyNamed})`);
  }
}
await Deno.mkdir(folder, { recursive: true });
const unnamed = ["figures", ...runs.filter((name) => !byName.includes(name))];
let failed = 0;
for (const name of given.names.length > 0 ? given.names : unnamed) {
  console.log(`\n${name}`);
  try {
    if (!await make(name, given)) failed++;
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`);
    failed++;
  }
}
Deno.exit(failed > 0 ? 1 : 0);
