import { type Block, heading, text } from "./blocks.ts";
import { originBlocks, type RowsOrigin } from "./provenance_sections.ts";
import { unmatchedText } from "./published_sections.ts";
import { type ReportRow } from "./report_row.ts";
import { rowsText } from "./rows_text.ts";
import { READ_SCORES } from "./score_sections.ts";
import { settingSections } from "./setting_sections.ts";
import { type Setting, settingsOf } from "./setting.ts";

/** A named run: rows that are compared with each other, and with no other run's. */
export interface ReportedRun {
  readonly name: string;
  /** What computes its rows again. */
  readonly command: string;
  /** What is known beside, such as where it was computed. */
  readonly note?: string;
  readonly rows: readonly ReportRow[];
  readonly file: RowsOrigin;
  /** Rows of the file that are not here. */
  readonly leftOut: number;
  /** What stands before all that rows say. */
  readonly first?: readonly Block[];
}

/**
 * A report of several runs, a section each: a method's name may mean another graph in each. No runs, and one without
 * rows, are a `RangeError`.
 */
export function runBlocks(
  runs: readonly ReportedRun[],
  command: string,
): Block[] {
  if (runs.length === 0) throw new RangeError("No runs to report");
  const parts = runs.map((run) => {
    if (run.rows.length === 0) {
      throw new RangeError(`No rows of '${run.name}' to report`);
    }
    return { run, settings: settingsOf(run.rows) };
  });
  return [
    text(
      `Every run is a section of its own; a method's name can mean other settings in another. ${READ_SCORES}`,
    ),
    {
      kind: "table",
      words: true,
      caption: "runs, and what computes each again",
      head: ["run", "of", "rows", "command"],
      rows: parts.map(({ run, settings }) => [
        run.name,
        settings.map(nameOf).join("; "),
        rowsText(run.rows),
        run.command,
      ]),
    },
    text(`This page: ${command}`),
    ...parts.flatMap(({ run, settings }) => runSection(run, settings)),
    ...unmatchedText(parts.flatMap(({ settings }) => settings)),
  ];
}

function runSection(
  { name, command, note, rows, file, leftOut, first = [] }: ReportedRun,
  settings: readonly Setting[],
): Block[] {
  return [
    heading(2, name),
    text(
      `${settings.map(nameOf).join("; ")}: ${rowsText(rows)}.${
        leftOut === 0
          ? ""
          : ` Of cases that not every method has done, ${leftOut} more rows are left out, so that means are over the same cases.`
      }`,
    ),
    { kind: "commands", lines: [command] },
    ...(note === undefined ? [] : [text(`Of this run: ${note}`)]),
    ...first,
    ...settings.flatMap((setting) => [
      ...(settings.length === 1 ? [] : [heading(3, nameOf(setting))]),
      ...settingSections(setting),
    ]),
    heading(3, "Where these rows come from"),
    ...originBlocks(rows, [file]),
  ];
}

const nameOf = ({ suite, model }: Setting) => `${suite} on ${model}`;
