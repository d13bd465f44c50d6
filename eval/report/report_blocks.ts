import { type Block, heading, text } from "./blocks.ts";
import { provenanceSections, type RowsOrigin } from "./provenance_sections.ts";
import { unmatchedText } from "./published_sections.ts";
import type { ReportRow } from "./report_row.ts";
import { rowsText } from "./rows_text.ts";
import { READ_SCORES } from "./score_sections.ts";
import { settingSections } from "./setting_sections.ts";
import { settingsOf } from "./setting.ts";

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
  return [
    text(`${rowsText(rows)}. ${READ_SCORES}`),
    ...settings.flatMap((setting) => [
      heading(2, `${setting.suite} on ${setting.model}`),
      ...settingSections(setting),
    ]),
    ...(limits === undefined ? [] : [
      heading(2, "Limits"),
      { kind: "markdown", text: limits } as const,
    ]),
    ...unmatchedText(settings),
    ...provenanceSections(rows, { files, command }),
  ];
}
