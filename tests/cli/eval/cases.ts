import { passKeyDocument, passKeyQuestion, writeFile } from "../documents.ts";
import { type CliResult, jsonLines, runCli } from "../run_cli.ts";

/** A row of `eval`, loosely. */
export type AnyRow = Record<string, unknown> & {
  readonly case: string;
  readonly method: string;
  readonly kept: Record<string, unknown>;
};

/** Writes some cases with a planted number, of two tasks, and returns the file's path. */
export async function writeEvalCases(
  folder: string,
  words: readonly number[] = [250, 300, 350],
): Promise<string> {
  const lines = words.map((count, i) =>
    JSON.stringify({
      id: `key/${i}`,
      task: i % 2 === 0 ? "key" : "both",
      length: 400,
      seed: i,
      document: passKeyDocument(count),
      question: passKeyQuestion.replace(/ The pass key is$/, ""),
      answerPrefix: "The pass key is",
      expected: i % 2 === 0 ? "48213" : ["48213", "whale"],
      metric: i % 2 === 0 ? "contains-any" : "contains-all",
      maxTokens: 6,
    })
  );
  return await writeFile(folder, "cases.jsonl", lines.join("\n"));
}

/** Flags that make runs short. */
export const shortRun = ["--prompt", "raw", "--set", "window=256"];

/** Runs `eval` on a file of cases. */
export function runEvalCli(...args: readonly string[]): Promise<CliResult> {
  return runCli(["eval", ...args]);
}

/** Rows of a file. */
export async function evalRowsIn(path: string): Promise<AnyRow[]> {
  return jsonLines(await Deno.readTextFile(path)) as AnyRow[];
}

/** Rows without times, memory and the command that made them, sorted by case and method. */
export function lasting(rows: readonly AnyRow[]): unknown[] {
  const costs = /econds|eakBytes|^phases$|^command$|^at$/;
  return rows
    .map((row) =>
      Object.fromEntries(Object.entries(row).filter(([k]) => !costs.test(k)))
    )
    .sort((a, b) => `${a.case} ${a.method}` < `${b.case} ${b.method}` ? -1 : 1);
}
