import { Command } from "@commander-js/extra-typings";
import * as shared from "./arguments/flags.ts";
import { runOnce } from "./run/run_once.ts";

/** `ask`: one question about one document. */
export const ask = new Command("ask")
  .summary("ask one question about a document")
  .description(
    "Asks a question about a document of any length. The answer goes to standard output, its sources to standard error.",
  )
  .argument("<file>", "document, a UTF-8 text; - reads standard input")
  .argument("<question>", "the question")
  .addOption(shared.graphOption)
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
  .action((document, question, { graph, ...flags }) =>
    runOnce(graph, { document, question }, flags)
  );
