import { Command } from "@commander-js/extra-typings";
import * as shared from "./arguments/flags.ts";
import { runOnce } from "./run/run_once.ts";

/** `run`: runs a graph. */
export const run = new Command("run")
  .summary("run a graph")
  .description(
    "Runs a graph: a file, or a shipped one by name (parallelcomp, paper, …).",
  )
  .argument("<graph>", "graph file, or name of a shipped graph")
  .argument("[input]", "document, a UTF-8 text; - reads standard input")
  .addOption(shared.questionOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .addOption(shared.memoryOption)
  .addOption(shared.outputOption)
  .addOption(shared.recordOption)
  .addOption(shared.jsonOption)
  .addOption(shared.checkedOption)
  .addOption(shared.trustOption)
  .action((graph, document, { question, ...flags }) =>
    runOnce(graph, { document, question }, flags)
  );
