import type { Plan } from "../../mod.ts";
import { answerOutput } from "../experiment/answer_output.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { callerInputs } from "../run/plan_parts.ts";

/** A plan that has no answer, or asks for more than a case has, is a {@linkcode CliError}. */
export function checkMethodPlan(plan: Plan, graph: string): void {
  answerOutput(plan);
  const known = ["document", "question"];
  const other = callerInputs(plan).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new CliError(
    ExitCode.graph,
    `Graph '${graph}' reads the input '${other}', which a case does not have; it gives document and question`,
  );
}
