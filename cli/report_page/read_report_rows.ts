import type { RowsOrigin } from "../../eval/report/provenance_sections.ts";
import {
  latestRows,
  type ReportRow,
  reportRow,
} from "../../eval/report/report_row.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { sha256 } from "../experiment/sha256.ts";
import { readFile } from "./read_file.ts";

/** Rows of several files, each once, and what the files are. */
export interface ReportRows {
  readonly rows: readonly ReportRow[];
  readonly files: readonly RowsOrigin[];
}

/** Reads files of rows, packed or not; a torn last line, as a kill leaves one, is passed over. */
export async function readReportRows(
  paths: readonly string[],
): Promise<ReportRows> {
  const rows: ReportRow[] = [];
  const files: RowsOrigin[] = [];
  for (const path of paths) {
    const { bytes, text } = await readFile(path);
    const lines = text.split("\n");
    const own = lines.flatMap((line, i): ReportRow[] => {
      if (line.trim() === "") return [];
      try {
        return [reportRow(JSON.parse(line))];
      } catch (cause) {
        const torn = i === lines.length - 1 && !isJson(line);
        if (torn) return [];
        throw new CliError(
          ExitCode.input,
          `'${path}', line ${i + 1}: ${(cause as Error).message}`,
          { cause },
        );
      }
    });
    if (own.length === 0) {
      throw new CliError(
        ExitCode.input,
        `'${path}' holds no rows; 'eval' writes them`,
      );
    }
    rows.push(...own);
    files.push({ name: path, sha256: sha256(bytes), rows: own.length });
  }
  try {
    return { rows: latestRows(rows), files };
  } catch (cause) {
    throw new CliError(ExitCode.input, (cause as Error).message, { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
