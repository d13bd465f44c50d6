import type { Matrix } from "./matrix.ts";
import { type Check, checks, type Failure } from "./record.ts";

/** The matrix for people: a row a stage, a column a check, then every failure on a line. */
export function tableOf({ rows, notCovered }: Matrix): string {
  const columns = (Object.keys(checks) as Check[]).filter((check) =>
    rows.some(({ cells }) => check in cells)
  );
  const failures = rows.flatMap((row) => row.failures);
  const cells = [
    ["", ...columns],
    ...rows.map(({ stage, cells }) => [
      stage,
      ...columns.map((check) => cells[check] ?? "–"),
    ]),
  ];
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length))
  );
  const lines = cells.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()
  );
  const notes = rows.flatMap(({ stage, notes }) =>
    notes.map((note) => `${stage}: ${note}`)
  );
  const bodiless = rows.filter(({ seam, cells }) =>
    seam === "evictor" && !("fused" in cells)
  ).map(({ stage }) => stage);
  return [
    ...lines,
    "",
    ...section("notes:", notes),
    ...section(
      "without a body to fuse:",
      bodiless.length > 0 ? [bodiless.join(", ")] : [],
    ),
    ...section(
      "not covered:",
      notCovered.map(({ stage, why }) => `${stage}: ${why}`),
    ),
    ...section("failures:", failures.map(failureLine)),
    verdict(rows, failures.length),
    "",
  ].join("\n");
}

/** One failure on one line: stage, check, configuration, what was found, what would be right. */
export function failureLine(
  { stage, check, configuration, found, right }: Failure,
): string {
  return `${stage} · ${check} · ${configuration}: ${found}; right: ${right}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [title, ...lines.map((line) => `  ${line}`), ""];
}

function verdict(rows: Matrix["rows"], failures: number): string {
  if (failures === 0) {
    return rows.length === 1
      ? "1 stage conforms"
      : `${rows.length} stages conform`;
  }
  const wrong = rows.filter((row) => row.failures.length > 0).length;
  const count = failures === 1 ? "1 failure" : `${failures} failures`;
  return `${count} in ${wrong} of ${rows.length} stages`;
}
