import { basename } from "node:path";
import { doneRows, type EvalRow } from "../../../cli/eval/eval_row.ts";
import { sha256 } from "../../../cli/experiment/sha256.ts";
import { reportRow } from "../../../eval/report/report_row.ts";
import type { ReportedRun } from "../../../eval/report/run_blocks.ts";
import { commonRows } from "../common_rows.ts";
import type { PaperRun } from "../paper_run.ts";
import { rowsOfRun } from "../rows_of_run.ts";
import { readStoredRows, STORED_ROWS } from "../stored_rows.ts";
import { readStored } from "../tables/stored_scores.ts";
import { againstBlocks } from "./against_blocks.ts";

/** Runs of which git holds rows, and names of those of which it does not. */
export interface StoredRuns {
  readonly runs: readonly ReportedRun[];
  readonly without: readonly string[];
}

/**
 * Reads rows that git holds in a folder, run by run, for a report: those that tables of documents count, too, and those
 * that failed.
 */
export async function storedRuns(
  folder: URL,
  paperRuns: Readonly<Record<string, PaperRun>>,
): Promise<StoredRuns> {
  const runs: ReportedRun[] = [];
  const without: string[] = [];
  for (const [name, run] of Object.entries(paperRuns)) {
    const all = await readStoredRows(folder, name);
    if (!all) {
      without.push(name);
      continue;
    }
    const asked = rowsOfRun(all, run);
    const done = commonRows(asked);
    const common = new Set<EvalRow>(done);
    const shown = asked.filter((row) => "error" in row || common.has(row));
    const file = new URL(`${name}${STORED_ROWS}`, folder);
    const { note } = await readStored(folder, `${name}.pairs.json`) ?? {};
    runs.push({
      name,
      command: `deno task eval:paper ${name}`,
      ...(typeof note === "string" && { note }),
      rows: shown.map(reportRow),
      file: {
        name: basename(file.pathname),
        sha256: sha256(await Deno.readFile(file)),
        rows: all.length,
      },
      first: againstBlocks(done, run.against),
      leftOut: doneRows(asked).length - common.size,
    });
  }
  return { runs, without };
}
