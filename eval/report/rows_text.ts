import type { ReportRow } from "./report_row.ts";
import { distinct } from "./setting.ts";

/** `2,878 rows of 559 cases; none failed`. */
export function rowsText(rows: readonly ReportRow[]): string {
  const failed = rows.filter((row) => "error" in row).length;
  const cases = distinct(rows.map(({ caseHash }) => caseHash)).length;
  const count = (n: number) => n.toLocaleString("en");
  return `${count(rows.length)} rows of ${count(cases)} cases; ${
    failed === 0 ? "none failed" : `${failed} failed, which no mean counts`
  }`;
}
