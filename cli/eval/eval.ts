import { Command, Option } from "@commander-js/extra-typings";
import { defaultGraph } from "../arguments/default_graph.ts";
import * as shared from "../arguments/flags.ts";
import * as rows from "../arguments/row_options.ts";
import { compare } from "./compare.ts";
import { list } from "./list.ts";
import { readLengths, readRanges } from "./number_lists.ts";
import { readShard } from "./shard.ts";

/** `eval`: methods on the cases of a suite. */
export const evaluate = new Command("eval")
  .summary("run methods on a suite of cases and judge their answers")
  .description(
    "Runs every method (a graph, or a named setting of one) on every case of a suite and judges the answers, each with its case's metric. Methods compute once what they have in common; all use one model, with exact arithmetic unless --set accuracy says otherwise. Rows that --output holds already are not computed again.",
  )
  .argument(
    "<suite>",
    "a suite ('eval list' names them), or a file of cases, one JSON object a line (.jsonl)",
  )
  .option(
    "--graph <graphs...>",
    `graph files or names of shipped graphs, each also as label=graph; default: ${defaultGraph}`,
  )
  .option(
    "--methods <file>",
    "further methods, a YAML list of {name, graph?, params?, nodes?}; may be repeated",
    shared.collectPath,
  )
  .option("--tasks <names>", "only these tasks, apart by commas", shared.names)
  .option(
    "--lengths <tokens>",
    "lengths of generated cases, apart by commas",
    readLengths,
  )
  .option(
    "--seeds <ranges>",
    "seeds of generated cases, such as 0-19; of data that is read so many cases of a task",
    readRanges,
  )
  .option(
    "--held-out",
    "add 10,000 to every seed: cases on which nothing was tuned",
  )
  .option(
    "--limit <n>",
    "at most so many cases of every task and length",
    shared.positiveInteger,
  )
  .option("--template <name>", "how the suite asks, where it has several ways")
  .option("--data <path>", "file or folder of the data that the suite reads")
  .addOption(
    new Option(
      "--shard <part/of>",
      "only this part of the cases, such as 1/4; rows of all parts are joined by writing their files one behind the other",
    ).argParser(readShard),
  )
  .option(
    "--jobs <n>",
    "compute so many cases at the same time, each with a model of its own; cores and --kv-memory are divided among them, but each has all of --threads; not on CUDA, where --shard in several processes does the same",
    shared.positiveInteger,
    1,
  )
  .addOption(rows.rowsOption)
  .addOption(rows.tableOption)
  .addOption(rows.noShareOption)
  .addOption(rows.kvMemoryOption)
  .addOption(shared.memoryOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .addOption(rows.jsonRowsOption)
  .addOption(shared.trustOption)
  .action(async (suite, flags) =>
    (await import("./run_eval.ts")).runEval(suite, flags)
  )
  .addCommand(compare as unknown as Command)
  .addCommand(list as unknown as Command);
