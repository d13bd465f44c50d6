import { type Block, heading, text } from "./blocks.ts";
import type { ReportRow } from "./report_row.ts";
import { distinct } from "./setting.ts";
import { withoutFolders } from "./without_folders.ts";

/** The commands that made some rows, for a reader to run again; nothing where no row says one. */
export function commandSections(rows: readonly ReportRow[]): Block[] {
  const said = rows.flatMap(({ command }) => command ?? []);
  if (said.length === 0) return [];
  const silent = rows.length - said.length;
  return [
    heading(3, "How to compute this again"),
    text(
      `These commands made the rows above, in this order${
        silent === 0 ? "" : `; ${silent} rows do not say which made them`
      }. Of paths on that machine only the last part is told.`,
    ),
    { kind: "commands", lines: distinct(said).map(withoutFolders) },
  ];
}
