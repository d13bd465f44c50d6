import type { ReportRow } from "./report_row.ts";

/** What methods know; those of different classes never stand in one table. */
export type MethodClass = "aware" | "agnostic" | "oracle";

/** Classes in the order of a report, and what they are called. */
export const methodClasses: Readonly<Record<MethodClass, string>> = {
  aware: "query-aware methods",
  agnostic: "query-agnostic methods",
  oracle: "bounds that know where the answer is",
};

/** The class of a row's method. */
export function classOf(
  { oracle, queryAware }: Pick<ReportRow, "oracle" | "queryAware">,
): MethodClass {
  return oracle ? "oracle" : queryAware ? "aware" : "agnostic";
}

/** Rows by class, without classes that have none. */
export function byClass(
  rows: readonly ReportRow[],
): [MethodClass, readonly ReportRow[]][] {
  const classes = Object.keys(methodClasses) as MethodClass[];
  return classes.flatMap((one): [MethodClass, readonly ReportRow[]][] => {
    const own = rows.filter((row) => classOf(row) === one);
    return own.length === 0 ? [] : [[one, own]];
  });
}
