import { Command, Option } from "@commander-js/extra-typings";
import * as shared from "../arguments/flags.ts";
import { collectEdit } from "./edit_path.ts";
import type { Edit } from "./variation.ts";

const changes =
  "alone, or change it: nodes.NODE.stage=…, nodes.NODE.with.OPTION=…; may be repeated";

const setAOption = new Option(
  "--set-a <name=value>",
  `set a parameter of graph A ${changes}`,
).argParser<readonly Edit[]>(collectEdit).default(
  [] as readonly Edit[],
  "none",
);

const setBOption = new Option(
  "--set-b <name=value>",
  `set a parameter of graph B ${changes}`,
).argParser<readonly Edit[]>(collectEdit).default(
  [] as readonly Edit[],
  "none",
);

/** `diff`: two graphs on one input. */
export const diff = new Command("diff")
  .summary("compare two graphs on one document and question")
  .description(
    "Runs two graphs on one document and question: which chunks and entries each keeps, by layer and head how many of them are the same, where the answers part, how far apart the next-token distributions are, time and bytes. A runs first, so its seconds include what is prepared once.",
  )
  .argument("<a>", "graph file, or name of a shipped graph")
  .argument("<b>", "graph file, or name of a shipped graph")
  .argument("<document>", "document, a UTF-8 text; - reads standard input")
  .requiredOption("--question <text>", "the question")
  .addOption(setAOption)
  .addOption(setBOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .option("--json", "print the comparison as one JSON object")
  .addOption(shared.trustOption)
  .action(async (a, b, document, flags) =>
    (await import("./run_diff.ts")).runDiff([a, b], document, flags)
  );
