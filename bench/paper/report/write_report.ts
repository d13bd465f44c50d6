import { basename } from "node:path";
import { blocksToMarkdown } from "../../../eval/report/blocks_to_markdown.ts";
import { blocksToPage } from "../../../eval/report/blocks_to_page.ts";
import { text } from "../../../eval/report/blocks.ts";
import { runBlocks } from "../../../eval/report/run_blocks.ts";
import { atomicWrite } from "../../../io/files/atomic_write.ts";
import type { PaperRun } from "../paper_run.ts";
import { storedRuns } from "./stored_runs.ts";

const title = "The paper's claims, measured";

/** Files of the report. */
export interface ReportFiles {
  readonly html?: string;
  readonly markdown?: string;
}

/** Writes one report of all runs whose rows lie in a folder; gives their names. No rows at all are a `RangeError`. */
export async function writeReport(
  folder: URL,
  paperRuns: Readonly<Record<string, PaperRun>>,
  files: ReportFiles,
): Promise<string[]> {
  const { runs, without } = await storedRuns(folder, paperRuns);
  if (runs.length === 0) {
    throw new RangeError(
      "No run has stored rows; deno task eval:paper NAME writes them",
    );
  }
  const options = Object.entries(files).map(([name, file]) =>
    ` --${name} ${basename(file)}`
  );
  const blocks = [
    ...runBlocks(runs, `deno task report${options.join("")}`),
    ...(without.length === 0 ? [] : [
      text(
        `Of these runs no rows are stored, only what eval/PAPER.md says of them: ${
          without.join(", ")
        }.`,
      ),
    ]),
  ];
  const { html, markdown } = files;
  if (html !== undefined) {
    await atomicWrite(html, await blocksToPage(title, blocks));
  }
  if (markdown !== undefined) {
    await atomicWrite(markdown, blocksToMarkdown(title, blocks));
  }
  return runs.map(({ name }) => name);
}
