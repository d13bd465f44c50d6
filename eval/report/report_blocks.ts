import { type Block, heading, text } from "./blocks.ts";
import { commandSections } from "./command_sections.ts";
import { costSections } from "./cost_sections.ts";
import { frontierSections } from "./frontier_sections.ts";
import { provenanceSections, type RowsOrigin } from "./provenance_sections.ts";
import { publishedSections, unmatchedTables } from "./published_sections.ts";
import { reachSections } from "./reach_sections.ts";
import type { ReportRow } from "./report_row.ts";
import {
  accuracySections,
  perplexitySections,
  READ_SCORES,
} from "./score_sections.ts";
import { distinct, settingsOf } from "./setting.ts";

/** What a report says beside its rows. */
export interface ReportOptions {
  readonly files: readonly RowsOrigin[];
  /** The command that writes it again. */
  readonly command: string;
  /** What people found beside the limits that rows show, in Markdown. */
  readonly limits?: string;
}

/** A report of stored rows, as what Markdown and pages are written from; no rows are a `RangeError`. */
export function reportBlocks(
  rows: readonly ReportRow[],
  { files, command, limits }: ReportOptions,
): Block[] {
  if (rows.length === 0) throw new RangeError("No rows to report");
  const settings = settingsOf(rows);
  const failed = rows.filter((row) => "error" in row).length;
  const missing = unmatchedTables(settings);
  const cases = distinct(rows.map(({ caseHash }) => caseHash)).length;
  return [
    text(
      `${rows.length} rows of ${cases} cases; ${
        failed === 0 ? "none failed" : `${failed} failed, which no mean counts`
      }. ${READ_SCORES}`,
    ),
    ...settings.flatMap((setting) => [
      heading(2, `${setting.suite} on ${setting.model}`),
      ...accuracySections(setting.rows),
      ...perplexitySections(setting.rows),
      ...reachSections(setting.rows),
      ...costSections(setting.rows),
      ...frontierSections(setting.rows),
      ...publishedSections(setting),
      ...commandSections(setting.rows),
    ]),
    ...(limits === undefined ? [] : [
      heading(2, "Limits"),
      { kind: "markdown", text: limits } as const,
    ]),
    ...(missing.length === 0 ? [] : [
      text(
        `Of the paper, no row here can stand beside ${
          missing.join(", ")
        } (eval/report/published holds them).`,
      ),
    ]),
    ...provenanceSections(rows, { files, command }),
  ];
}
