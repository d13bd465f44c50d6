// deno-lint-ignore-file no-console
/**
 * Makes one page of all rows of the paper's runs that git holds, without computing any:
 *
 *     deno task report [--html FILE] [--markdown FILE]
 *
 * Without a file it is `bench/results/paper/report.html`. Markdown has all tables and no charts.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { resultsFolder } from "../rows_path.ts";
import { paperRuns } from "../runs.ts";
import { type ReportFiles, writeReport } from "./write_report.ts";

const folder = new URL(`../../../${resultsFolder}/`, import.meta.url);

function filesOf(args: string[]): ReportFiles {
  const file = { type: "string" } as const;
  const options = { html: file, markdown: file };
  try {
    const { values } = parseArgs({ args, options });
    return Object.keys(values).length > 0
      ? values
      : { html: `${resultsFolder}/report.html` };
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}

const files = filesOf(Deno.args);
try {
  const names = await writeReport(folder, paperRuns, files);
  console.log(`${Object.values(files).join(", ")}: ${names.join(", ")}`);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
