import { Command, Option } from "@commander-js/extra-typings";
import { shapeLimits } from "../../eval/analysis/shape_limits.ts";
import { boundConstants } from "../../eval/analysis/sparsity_bound.ts";
import { readLengths } from "../eval/number_lists.ts";
import * as shared from "../arguments/flags.ts";
import { namedNumbers, readShares, sayNumbers } from "./named_numbers.ts";

const graphOption = new Option(
  "--graph <graph>",
  "graph file, or name of a shipped graph: the cache that it decodes over is looked at, merged or read again, and its calibration before and after; pcw merges all chunks whole",
).default("pcw");

const limitOption = new Option(
  "--limit <name=number>",
  `where shapes begin; may be repeated; defaults: ${sayNumbers(shapeLimits)}`,
).argParser(namedNumbers(shapeLimits)).default(shapeLimits, "none");

const boundOption = new Option(
  "--bound <name=number>",
  `constants of the theorem's bound; may be repeated; defaults: ${
    sayNumbers(boundConstants)
  }`,
).argParser(namedNumbers(boundConstants)).default(boundConstants, "none");

const htmlOption = new Option(
  "--html <file>",
  "write one HTML file with charts that needs nothing else: no network, no other file, no script",
).argParser(shared.fileName);

const outputOption = new Option(
  "--output <file>",
  "write all numbers as JSON",
).argParser(shared.fileName);

/** `analyze`: how a question's attention lies over a document's chunks. */
export const analyze = new Command("analyze")
  .summary("show how a question's attention lies over a document's chunks")
  .description(
    "Runs a graph up to the cache that an answer would be decoded over and reads the attention that the question's last rows pay to its entries, by layer and query head: each kept chunk by itself, then all as one cache. Says which heads are U-shaped, mountains, uniform or mixed, how much mass lies at the sink, in the middle and at the recent end, how far it spreads, where it peaks, and how many entries are effective in chunks of several widths. Nothing is decoded.",
  )
  .argument("<file>", "document, a UTF-8 text; - reads standard input")
  .requiredOption("--question <text>", "the question")
  .addOption(graphOption)
  .addOption(htmlOption)
  .addOption(outputOption)
  .option(
    "--rows <n>",
    "last rows of the question, with its template, that are read",
    shared.positiveInteger,
    8,
  )
  .addOption(limitOption)
  .option(
    "--epsilon <shares>",
    "an entry is effective above this attention; several apart by commas",
    readShares,
    [0.001, 0.01, 0.1],
  )
  .option(
    "--abnormal <shares>",
    "attention above this is counted before and after calibration",
    readShares,
    [0.1, 0.3],
  )
  .option(
    "--widths <entries>",
    "widths of chunks in which effective entries are counted; default: powers of two from 256 to the window",
    readLengths,
  )
  .option(
    "--width-tokens <n>",
    "tokens of the document that are cut at each of the widths at most",
    shared.positiveInteger,
    8192,
  )
  .addOption(boundOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .option("--json", "print all numbers as one JSON object")
  .addOption(shared.trustOption)
  .action(async (document, flags) =>
    (await import("./run_analyze.ts")).runAnalyze(document, flags)
  );
