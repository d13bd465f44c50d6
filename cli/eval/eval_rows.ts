import type { EvalCase } from "../../eval/eval_case.ts";
import { commandLine } from "../arguments/command_line.ts";
import { versions } from "../experiment/provenance.ts";
import { sha256 } from "../experiment/sha256.ts";
import { jsonLine } from "../terminal/json_report.ts";
import type { Session } from "../run/session.ts";
import { EvalProgress } from "./eval_progress.ts";
import { evalKeyText, type EvalRow } from "./eval_row.ts";
import { type EvalTurn, evalTurns, type MissingRows } from "./eval_turns.ts";
import { type EvalWork, keyOf } from "./eval_work.ts";
import type { SayOutcome, TurnRunner } from "./turn_runner.ts";

/**
 * Computes what is missing, each case by the runner that is free next; resolves to all rows of the eval. Rows are
 * written here alone. The first runner that fails ends it; rows that were written stay.
 */
export async function evalRows(
  work: EvalWork,
  missing: readonly MissingRows[],
  runners: readonly TurnRunner[],
  session: Session,
): Promise<EvalRow[]> {
  const { listed, methods, file } = work;
  const { signal } = session.interrupt;
  const write = rowWriter(work, session, progressOf(work, missing, session));
  const turns = evalTurns(work, missing, signal);
  const drain = async (runner: TurnRunner) => {
    for (;;) {
      const { value: turn, done } = await turns.next(); // asked by several, it answers in turn
      if (done) return;
      await runner.run(turn, (method, outcome) => write(turn, method, outcome));
    }
  };
  await untilAborted(Promise.all(runners.map(drain)), signal);
  return [...listed.values()].flatMap((one) =>
    methods.map((method) => file.get(evalKeyText(keyOf(method, one, work)))!)
  );
}

/** What runs in other threads hears of no interrupt. */
async function untilAborted(
  running: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function progressOf(
  { listed, methods }: EvalWork,
  missing: readonly MissingRows[],
  { terminal }: Session,
): EvalProgress {
  const sum = (weights: readonly number[]) =>
    weights.reduce((all, weight) => all + weight, 0);
  const left = missing.flatMap((group) =>
    [...group].map(([id, own]) => ({ own, weight: listed.get(id)!.weight }))
  );
  const total = listed.size * methods.length;
  return new EvalProgress(
    total,
    total - sum(left.map(({ own }) => own.length)),
    sum(left.map(({ own, weight }) => own.length * weight)),
    terminal,
  );
}

type Write = (turn: EvalTurn, ...outcome: Parameters<SayOutcome>) => void;

function rowWriter(
  work: EvalWork,
  { terminal, json }: Session,
  progress: EvalProgress,
): Write {
  const { suite, choice, listed, file, model } = work;
  return ({ given }, method, outcome) => {
    const one = listed.get(given.id)!;
    const row: EvalRow = {
      case: given.id,
      suite: suite.name,
      task: given.task,
      group: given.group ?? null,
      length: given.length,
      caseSeed: given.seed,
      ...keyOf(method, one, work),
      queryAware: method.queryAware,
      oracle: method.oracle,
      metric: given.metric,
      expected: given.expected,
      ...("error" in outcome ? { error: outcome.error } : outcome),
      template: choice.template ?? null,
      values: method.values,
      params: method.params,
      changes: method.changes,
      graph: method.graph,
      graphHash: method.fileHash,
      dataHash: filesHash(given) ?? work.dataHash,
      files: given.files ?? [],
      model: model.path,
      vocabularyHash: model.vocabularyHash,
      chatTemplateHash: model.chatTemplateHash,
      versions: versions(),
      command: commandLine(),
      at: new Date().toISOString(),
    };
    file.add(row);
    if (json) terminal.out(jsonLine({ type: "row", ...row }));
    progress.say(row, one);
  };
}

/** Hash of the files that a case was read from; of one, the file's own. */
function filesHash({ files = [] }: EvalCase): string | undefined {
  const hashes = files.map(({ sha256 }) => sha256);
  return hashes.length > 1 ? sha256(hashes.join()) : hashes[0];
}
