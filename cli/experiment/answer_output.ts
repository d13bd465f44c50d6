import type { Plan, Port } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";

/** Name of the graph's output that gives an answer; a graph without one is a {@linkcode CliError}. */
export function answerOutput(plan: Plan): string {
  for (const [name, { node, port }] of Object.entries(plan.outputs)) {
    const { stage } = plan.nodes.find((n) => n.name === node)!;
    if ((stage.outputs[port] as Port).type.name === "pc/answer") return name;
  }
  throw new CliError(
    ExitCode.graph,
    `Graph '${plan.file}' has no output of type pc/answer, so there is nothing to compare`,
  );
}
