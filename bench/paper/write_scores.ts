// deno-lint-ignore-file no-console
import { basename } from "node:path";
import { commandLine } from "../../cli/arguments/command_line.ts";
import { evalCells } from "../../cli/eval/eval_cells.ts";
import type { EvalRow } from "../../cli/eval/eval_row.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { commonRows } from "./common_rows.ts";
import { joinedRows } from "./joined_rows.ts";
import { methodChoices } from "./method_choices.ts";
import { methodPairs } from "./method_pairs.ts";
import type { PaperRun } from "./paper_run.ts";
import { rowsOfRun } from "./rows_of_run.ts";
import { sortRows } from "./sort_rows.ts";
import { writeStoredRows } from "./stored_rows.ts";

const root = new URL("../../", import.meta.url);

/**
 * Turns rows of a run that lie in a folder into what git holds: the rows that it asks, `NAME.rows.jsonl.gz`, its table,
 * `NAME.json`, and scores and paired differences of cases that all methods have done, `NAME.pairs.json`. A note that
 * stood there stays where no other is given.
 */
export async function writeScores(
  name: string,
  run: PaperRun,
  folder: URL,
  note?: string,
): Promise<void> {
  const all = await joinedRows(folder, name);
  const methods = await methodChoices(run, root);
  const labels = methods.map(({ label }) => label);
  const rows = sortRows(rowsOfRun(all, run), labels);
  if (rows.length < all.length) {
    console.log(
      `${name}: ${all.length - rows.length} rows of other cases are left out`,
    );
  }
  if (rows.length === 0) {
    throw new RangeError(`'${name}' has no row of its own`);
  }
  await writeStoredRows(folder, name, rows);
  const at = (end: string) => new URL(`${name}.${end}`, folder).pathname;
  const said = note ?? await storedNote(at("pairs.json"));
  const about = {
    command: `deno task eval:paper ${name}`,
    commands: commandsOf(name, run, rows),
    ...(said !== undefined && { note: said }),
  };
  const { suite, model, modelHash, versions } = rows.reduce((a, b) =>
    b.at >= a.at ? b : a
  );
  const table = {
    ...about,
    suite,
    model: basename(model),
    modelHash,
    versions,
    cells: evalCells(rows),
  };
  await atomicWrite(at("json"), JSON.stringify(table, null, 1) + "\n");
  const common = commonRows(rows);
  const providers = Map.groupBy(common, (row) => row.provider);
  const scores = {
    ...about,
    /** Rows by what computed them. */
    providers: Object.fromEntries(
      [...providers].map(([provider, own]) => [provider, own.length]),
    ),
    ...methodPairs(common, run.against),
  };
  await atomicWrite(at("pairs.json"), JSON.stringify(scores) + "\n");
  console.log(
    `${name}: scores of ${common.length} rows, ${
      rows.length - common.length
    } of cases that not every method has done`,
  );
}

/** What the run asks of `eval`, without options that change no answer. */
function commandsOf(
  name: string,
  { evals, model }: PaperRun,
  rows: readonly EvalRow[],
): string[] {
  const more = [
    ...(model ? ["--model", basename(rows.at(-1)!.model)] : []),
    ...["--output", `${name}.jsonl`],
  ];
  return evals.map((args) => commandLine(["eval", ...args, ...more]));
}

async function storedNote(path: string): Promise<string | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(path)).note;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
