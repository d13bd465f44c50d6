import { type Observable, of } from "rxjs";
import type { Plan } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { callerInputs } from "../run/plan_parts.ts";
import { readDocument } from "./read_document.ts";
import type { Session } from "../run/session.ts";
import { warn } from "../terminal/warn.ts";

/** What the command line gives to a graph. */
export interface Given {
  /** Path of the document, `-` for standard input. */
  readonly document?: string | undefined;
  readonly question?: string | undefined;
}

/** Reads what was given, and checks that it is what the graph asks for. */
export async function givenInputs(
  plan: Plan,
  given: Given,
  session: Session,
): Promise<Record<string, Observable<unknown>>> {
  checkGiven(plan, given);
  const inputs: Record<string, Observable<unknown>> = {};
  if (given.question !== undefined) {
    if (given.question.trim() === "") {
      throw new CliError(ExitCode.input, "The question is empty; ask one");
    }
    inputs.question = of({ name: "question", text: given.question });
  }
  if (given.document !== undefined) {
    const { signal } = session.interrupt;
    const { document, warnings } = await readDocument(given.document, signal);
    for (const message of warnings) warn(session, message);
    inputs.document = of(document);
  }
  return inputs;
}

/** What a graph asks for and what was given have to be the same; else a {@linkcode CliError} that says how to give it. */
export function checkGiven(plan: Plan, given: Given): void {
  const names = callerInputs(plan);
  const how = {
    document: "a file or - after the graph",
    question: "--question",
  } as const;
  for (const [name, flag] of Object.entries(how)) {
    const has = given[name as keyof Given] !== undefined;
    if (has && !names.includes(name)) {
      throw new CliError(
        ExitCode.usage,
        `Graph '${plan.file}' reads no input '${name}', so ${flag} has no use here`,
      );
    }
    if (!has && names.includes(name)) {
      throw new CliError(
        ExitCode.usage,
        `Graph '${plan.file}' reads the input '${name}'; give it: ${flag}`,
      );
    }
  }
  const unknown = names.filter((name) => !(name in how));
  if (unknown.length > 0) {
    throw new CliError(
      ExitCode.usage,
      `Graph '${plan.file}' reads the input '${
        unknown[0]
      }', which the command line cannot give; it gives document and question`,
    );
  }
}
