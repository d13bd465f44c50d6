import { Command } from "@commander-js/extra-typings";
import { drawMermaid } from "../mod.ts";
import * as shared from "./arguments/flags.ts";
import { loadPlan } from "./arguments/load_plan.ts";
import { terminal } from "./terminal/terminal.ts";

/** `draw`: a graph as Mermaid text. */
export const draw = new Command("draw")
  .summary("draw a graph as Mermaid text")
  .description(
    "Prints a graph as a Mermaid flowchart, which Markdown viewers show as a picture.",
  )
  .argument("<graph>", "graph file, or name of a shipped graph")
  .addOption(shared.setOption)
  .addOption(shared.trustOption)
  .action(async (graph, flags) => {
    terminal.out(drawMermaid(await loadPlan(graph, flags)));
  });
