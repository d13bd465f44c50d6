import type { EvalCase } from "../../eval/eval_case.ts";
import { metricOf } from "../../eval/metrics/mod.ts";
import type { CaseChoice, CaseTools, Suite } from "../../eval/suite.ts";
import { sha256 } from "../experiment/sha256.ts";
import { stableJson } from "../experiment/stable_json.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { Shard } from "./shard.ts";

/** A case that is to run, without its document. */
export interface ListedCase {
  readonly id: string;
  readonly hash: string;
  /** About how much work it is: characters of its document, and something for the rest. */
  readonly weight: number;
}

/** The cases that are to run. */
export interface ListedCases {
  /** By id. */
  readonly listed: ReadonlyMap<string, ListedCase>;
  /** The case with the longest document; nothing where none is to run. */
  readonly longest: EvalCase | undefined;
}

/** Which cases run. */
export interface ListChoice extends CaseChoice {
  readonly shard?: Shard;
}

/** Hash of what a case asks, gives and accepts. */
export function evalCaseHash({ files: _files, ...asked }: EvalCase): string {
  return sha256(stableJson(asked));
}

/**
 * Goes through a suite once, before anything runs: which cases there are, and whether all of them can be used. What
 * is wrong is a {@linkcode CliError}.
 */
export async function listCases(
  suite: Suite,
  choice: ListChoice,
  tools: CaseTools,
  signal: AbortSignal,
): Promise<ListedCases> {
  const { shard, ...asked } = choice;
  checkTasks(suite, asked);
  const listed = new Map<string, ListedCase>();
  let longest: EvalCase | undefined;
  const cells = new Map<string, number>();
  const ids = new Set<string>();
  for await (const given of casesOf(suite, asked, tools)) {
    signal.throwIfAborted();
    const { id, task, length, group, document } = given;
    if (ids.has(id)) refuse(suite, `the case '${id}' is there twice`);
    ids.add(id);
    try {
      metricOf(given.metric);
    } catch (error) {
      refuse(suite, `case ${id}: ${(error as Error).message}`);
    }
    const cell = stableJson([task, length, group]);
    const count = (cells.get(cell) ?? 0) + 1;
    cells.set(cell, count);
    if (count > (asked.limit ?? Infinity)) continue;
    if (shard && !shard.has(id)) continue;
    const weight = document.length + 2000;
    listed.set(id, { id, hash: evalCaseHash(given), weight });
    if (document.length > (longest?.document.length ?? -1)) longest = given;
  }
  if (ids.size === 0) {
    refuse(
      suite,
      `no case is chosen by --tasks, --lengths and --seeds${
        suite.tasks.length > 0 ? `; tasks: ${suite.tasks.join(", ")}` : ""
      }`,
    );
  }
  return { listed, longest };
}

/** A suite's cases; what it throws is a {@linkcode CliError} that names it. */
export async function* casesOf(
  suite: Suite,
  choice: CaseChoice,
  tools: CaseTools,
): AsyncGenerator<EvalCase> {
  try {
    yield* suite.cases(choice, tools);
  } catch (error) {
    if (error instanceof CliError) throw error;
    refuse(suite, (error as Error).message, error);
  }
}

function checkTasks({ name, tasks }: Suite, choice: CaseChoice): void {
  if (tasks.length === 0) return;
  const unknown = choice.tasks?.find((task) => !tasks.includes(task));
  if (unknown === undefined) return;
  throw new CliError(
    ExitCode.usage,
    `Suite '${name}' has no task '${unknown}'; tasks: ${tasks.join(", ")}`,
  );
}

function refuse({ name }: Suite, reason: string, cause?: unknown): never {
  throw new CliError(ExitCode.input, `Suite '${name}': ${reason}`, { cause });
}
