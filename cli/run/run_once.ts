import type { Answer } from "../../mod.ts";
import { checkOutput } from "../arguments/check_output.ts";
import { execute } from "./execute.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { finishAnswer } from "./finish_answer.ts";
import { type Given, givenInputs } from "../arguments/given_inputs.ts";
import { type GraphFlags, loadPlan } from "../arguments/load_plan.ts";
import { fitMemory } from "../predict/fit_memory.ts";
import { finishRecord } from "../record/finish_record.ts";
import { RunRecorder } from "../record/run_recorder.ts";
import { openSession, type Session, type SessionFlags } from "./session.ts";

/** Flags of the commands that run a graph once. */
export interface RunFlags extends GraphFlags, SessionFlags {
  /** Bytes that the process may hold. */
  readonly memory?: number;
  readonly output?: string;
  /** File for everything that `show` needs. */
  readonly record?: string;
}

/** Loads a graph, runs it on what was given and prints the answer. */
export async function runOnce(
  graph: string,
  given: Given,
  flags: RunFlags,
): Promise<void> {
  using session = openSession(flags);
  for (const path of [flags.output, flags.record]) {
    if (path !== undefined) await checkOutput(path, given.document);
  }
  if (flags.record !== undefined && flags.record === flags.output) {
    throw new CliError(
      ExitCode.usage,
      `--output and --record both name '${flags.record}'; name two files`,
    );
  }
  const plan = await loadPlan(graph, flags);
  const inputs = await givenInputs(plan, given, session);
  using fitted = await fitMemory(plan, inputs, session, flags.memory);
  const recorder = flags.record === undefined
    ? undefined
    : new RunRecorder(plan, Object.keys(fitted.execution.replace ?? {}));
  let answer: Answer | undefined;
  try {
    answer = await execute(plan, session, {
      inputs,
      ...fitted.execution,
      ...(recorder && { recorder }),
    });
    if (answer) await finishAnswer(answer, session, flags.output);
  } catch (error) {
    if (recorder) sayNoRecord(flags.record!, session);
    throw error;
  }
  if (recorder) {
    await finishRecord(flags.record!, recorder, { answer, session });
  }
}

/** A run that does not complete leaves no record: half of one would look like a run that dropped the rest. */
function sayNoRecord(path: string, { terminal }: Session): void {
  terminal.err(
    `note: no record was written to '${path}': the run did not complete\n`,
  );
}
