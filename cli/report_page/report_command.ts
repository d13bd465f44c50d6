import { Command, Option } from "@commander-js/extra-typings";
import { fileName } from "../arguments/flags.ts";

const htmlOption = new Option(
  "--html <file>",
  "write one HTML file that needs nothing else: no network, no other file, no script",
).argParser(fileName);

const markdownOption = new Option(
  "--markdown <file>",
  "write it as Markdown, without the charts; the default is to print that",
).argParser(fileName);

const limitsOption = new Option(
  "--limits <file>",
  "Markdown with limits that people found beside those that rows show, for a section of its own",
).argParser(fileName);

/** `report`: tables and plots of stored rows. */
export const report = new Command("report")
  .summary("turn stored rows of 'eval' into a page of tables and plots")
  .description(
    "Reads rows that 'eval' stored and writes a report: accuracy by task, length and method with intervals, ties and the number of cases; the lengths up to which they hold; time and memory; what accuracy costs; the paper's published figures beside; where everything comes from. Nothing is computed again.",
  )
  .argument("<rows...>", "files that 'eval' wrote, JSON lines")
  .addOption(htmlOption)
  .addOption(markdownOption)
  .addOption(limitsOption)
  .option("--title <text>", "title of the report", "Measured answers")
  .action(async (paths, flags) =>
    (await import("./run_report.ts")).runReport(paths, flags)
  );
