import { checkOutput } from "./check_output.ts";
import { execute } from "./execute.ts";
import { CliError, ExitCode } from "./exit_code.ts";
import { finishAnswer } from "./finish_answer.ts";
import { type Given, givenInputs } from "./given_inputs.ts";
import { type GraphFlags, loadPlan } from "./load_plan.ts";
import { fitMemory } from "./fit_memory.ts";
import { finishRecord } from "./record/finish_record.ts";
import { RunRecorder } from "./record/run_recorder.ts";
import { openSession, type SessionFlags } from "./session.ts";

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
  const answer = await execute(plan, session, {
    inputs,
    ...fitted.execution,
    ...(recorder && { recorder }),
  });
  if (answer) await finishAnswer(answer, session, flags.output);
  if (recorder) {
    await finishRecord(flags.record!, recorder, { answer, session });
  }
}
