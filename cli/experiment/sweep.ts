import {
  Command,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import * as shared from "../arguments/flags.ts";
import * as rows from "../arguments/row_options.ts";
import { collectVary, type Vary } from "./vary_option.ts";

/** `sweep`: variations of a graph on cases with known answers. */
export const sweep = new Command("sweep")
  .summary("run variations of a graph on cases with known answers")
  .description(
    "Runs every variation of a graph on every case and counts right answers. A variation is one value of each --vary and one setting of each --vary-file. An exchanged stage keeps the options and inputs that it has; a model, prompt or the like that it needs beside is connected where the graph has one. Options may read a case's ${expected} and ${evidence}. Rows that --output holds already are not computed again.",
  )
  .argument("<graph>", "graph file, or name of a shipped graph")
  .requiredOption(
    "--input <file>",
    "cases, one JSON object a line: {id?, task?, document or documentPath, question, expected, evidence?, seed?}; an answer that contains expected (or one of a list) is right",
  )
  .addOption(
    new Option(
      "--vary <path=values>",
      "params.NAME=…, nodes.NODE.stage=… or nodes.NODE.with.OPTION=…, values apart by commas; may be repeated",
    ).argParser<Vary>(collectVary).default(new Map() as Vary, "none"),
  )
  .option(
    "--vary-file <file>",
    "settings that vary together, a YAML list of {name, graph?, params?, nodes?}; may be repeated",
    shared.collectPath,
  )
  .option(
    "--seed <numbers>",
    "values of the graph's parameter seed, apart by commas",
    readSeeds,
  )
  .option(
    "--only <names>",
    "only cases of these tasks or ids, apart by commas",
    shared.names,
  )
  .option(
    "--limit <n>",
    "at most so many cases of every task",
    shared.positiveInteger,
  )
  .addOption(rows.rowsOption)
  .addOption(rows.tableOption)
  .addOption(rows.noShareOption)
  .addOption(rows.kvMemoryOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .addOption(rows.jsonRowsOption)
  .addOption(shared.trustOption)
  .action(async (graph, flags) =>
    (await import("./run_sweep.ts")).runSweep(graph, flags)
  );

function readSeeds(text: string): number[] {
  const seeds = text.split(",").map(Number);
  if (/^-?\d+(,-?\d+)*$/.test(text) && seeds.every(Number.isSafeInteger)) {
    return [...new Set(seeds)];
  }
  throw new InvalidArgumentError("Write whole numbers, such as 0,1,2.");
}
