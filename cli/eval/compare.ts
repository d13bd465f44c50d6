import { Command } from "@commander-js/extra-typings";
import { names } from "../arguments/flags.ts";

/** `eval compare`: two methods on the cases that both have. */
export const compare = new Command("compare")
  .summary("compare two methods on the cases that both have")
  .description(
    "Compares two methods, of two files of rows or of one, case by case: both means, the mean difference with its 95 % bootstrap interval, and a p value (McNemar's exact test where all scores are 0 or 1, else flipped signs). A difference is a tie where its interval holds 0 or p is above 0.05.",
  )
  .argument("<a>", "rows that eval wrote")
  .argument("[b]", "rows that eval wrote; left out: both methods are of a")
  .option("--methods <a,b>", "which methods, apart by a comma", names)
  .option("--table <file>", "write the table as JSON, too")
  .option("--json", "print the table as one JSON object")
  .action(async (a, b, flags) =>
    (await import("./run_compare.ts")).runCompare(a, b, flags)
  );
