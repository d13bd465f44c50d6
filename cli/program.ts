import { Command, CommanderError } from "@commander-js/extra-typings";
import { analyze } from "./analyze/analyze.ts";
import { ask } from "./ask.ts";
import { chat } from "./chat.ts";
import { check } from "./check.ts";
import { conform } from "./conform.ts";
import { doctor } from "./doctor.ts";
import { draw } from "./draw.ts";
import { evaluate } from "./eval/eval.ts";
import { diff } from "./experiment/diff.ts";
import { sweep } from "./experiment/sweep.ts";
import {
  ExitCode,
  exitCodeHelp,
  exitCodeOf,
  InterruptError,
  SaidError,
} from "./terminal/exit_code.ts";
import { plan } from "./plan.ts";
import { pull } from "./pull.ts";
import { report } from "./report_page/report_command.ts";
import { run } from "./run.ts";
import { show } from "./show.ts";
import { errorLine, sayError } from "./terminal/say_error.ts";
import { stages } from "./stages.ts";
import { tune } from "./tune.ts";
import { terminal } from "./terminal/terminal.ts";
import project from "../deno.json" with { type: "json" };

const commands = [
  ask,
  chat,
  run,
  plan,
  check,
  conform,
  draw,
  show,
  stages,
  doctor,
  pull,
  tune,
  sweep,
  diff,
  evaluate,
  analyze,
  report,
];

/**
 * Runs the command line; resolves to the exit code. Errors become one message on standard error, with `--json` also
 * the last line on standard output.
 */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  const json = asksForJson(args);
  const fail = (error: unknown): never => { // an error that nobody waits for
    sayError(error, { terminal, json });
    Deno.exit(exitCodeOf(error));
  };
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
      if (error.exitCode === 0) return ExitCode.ok;
      const helpOnly = error.code === "commander.help"; // no word on what is wrong
      const message = helpOnly
        ? noCommand(args)
        : error.message.replace(/^error: /, "");
      if (helpOnly) terminal.err(`error: ${message}\n`);
      if (json) terminal.out(errorLine(ExitCode.usage, message));
      return ExitCode.usage;
    }
    if (!(error instanceof SaidError)) sayError(error, { terminal, json });
    if (error instanceof InterruptError) await guardTurn();
    return exitCodeOf(error);
  }
}

/** Why the help of all commands was shown. */
function noCommand([first, name]: readonly string[]): string {
  return first === "help"
    ? `unknown command '${name}'`
    : "no command was given";
}

/** Whether `--json` is among the flags; for errors in the command line itself, which is not parsed then. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
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
    .version(project.version, "-V, --version", "print the version")
    .exitOverride()
    .enablePositionalOptions() // options behind a subcommand are its own
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError()
    .addHelpText("afterAll", `\n${exitCodeHelp}`);
  for (const command of commands) {
    const added = command as unknown as Command;
    program.addCommand(added.copyInheritedSettings(program));
    for (const below of added.commands) below.copyInheritedSettings(program);
  }
  return program;
}
