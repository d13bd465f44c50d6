import { Command } from "@commander-js/extra-typings";
import { formatIssue } from "../mod.ts";
import * as shared from "./arguments/flags.ts";
import { loadPlan } from "./arguments/load_plan.ts";
import { terminal } from "./terminal/terminal.ts";

/** `check`: loads a graph without running it. */
export const check = new Command("check")
  .summary("check a graph without running it")
  .description(
    "Loads a graph, with the modules that it names under use:, and reports everything that is wrong with it.",
  )
  .argument("<graph>", "graph file, or name of a shipped graph")
  .addOption(shared.setOption)
  .addOption(shared.trustOption)
  .action(async (graph, flags) => {
    const plan = await loadPlan(graph, flags);
    for (const issue of plan.warnings) {
      terminal.err(`warning: ${formatIssue(plan.file, issue)}\n`);
    }
    const outputs = Object.keys(plan.outputs).join(", ");
    terminal.out(
      `${plan.file}: ${plan.nodes.length} nodes, outputs: ${outputs}\n`,
    );
  });
