import { Command, CommanderError } from "@commander-js/extra-typings";
import { ask } from "./ask.ts";
import { chat } from "./chat.ts";
import { check } from "./check.ts";
import { doctor } from "./doctor.ts";
import { draw } from "./draw.ts";
import {
  ExitCode,
  exitCodeHelp,
  exitCodeOf,
  InterruptError,
} from "./exit_code.ts";
import { plan } from "./plan.ts";
import { run } from "./run.ts";
import { stages } from "./stages.ts";
import { terminal } from "./terminal.ts";

const commands = [ask, chat, run, plan, check, draw, stages, doctor];

/** Runs the command line; resolves to the exit code. Errors become one message on standard error. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason);
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    fail(event.error);
  });
  try {
    await buildProgram().parseAsync([...args], { from: "user" });
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    }
    say(error);
    if (error instanceof InterruptError) await guardTurn();
    return exitCodeOf(error);
  }
}

/** Ends the program for an error that nobody waits for. */
function fail(error: unknown): never {
  say(error);
  Deno.exit(exitCodeOf(error));
}

/** Lets the guard end the process, which it does without destructors of libraries that still compute. */
function guardTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function buildProgram(): Command {
  const program = new Command("parallelcomp")
    .description(
      "Answers questions about documents many times longer than a model's window, without training (ParallelComp).",
    )
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError()
    .addHelpText("afterAll", `\n${exitCodeHelp}`);
  for (const command of commands) {
    program.addCommand(
      (command as unknown as Command).copyInheritedSettings(program),
    );
  }
  return program;
}

function say(error: unknown): void {
  const debug = Deno.env.get("PARALLELCOMP_DEBUG") === "1";
  const text = error instanceof Error
    ? debug ? error.stack ?? error.message : error.message
    : String(error);
  terminal.err(`error: ${text}\n`);
}
