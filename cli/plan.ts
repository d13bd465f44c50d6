import { Command } from "@commander-js/extra-typings";
import { parseByteSizeOrNone } from "./arguments/byte_size.ts";
import * as shared from "./arguments/flags.ts";
import { predictRun } from "./predict/predict_run.ts";

/** `plan`: what a run would hold and how long it would take. */
export const plan = new Command("plan")
  .summary("predict chunks, memory and time of a run")
  .description(
    "Says what a run would do before it computes anything: chunks, KV bytes, peak memory with its terms, time.",
  )
  .argument("<graph>", "graph file, or name of a shipped graph")
  .argument("<input>", "document, a UTF-8 text; - reads standard input")
  .option(
    "--question <text>",
    "the question; its length takes a little from every chunk",
    "What is it about?",
  )
  .option("--chat", "predict for chat: all KV caches are kept")
  .option(
    "--kv-memory <size>",
    "as in chat",
    parseByteSizeOrNone,
    2 * 2 ** 30,
  )
  .option("--measure", "measure the speed on two chunks instead of assuming it")
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .addOption(shared.memoryOption)
  .addOption(shared.jsonOption)
  .addOption(shared.trustOption)
  .action((graph, document, flags) => predictRun(graph, document, flags));
