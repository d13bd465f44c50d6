import type {
  DoneReportRow,
  ReportRow,
} from "../../../eval/report/report_row.ts";

/** A row with what a test does not care about filled in. */
export function madeRow(fields: Partial<DoneReportRow> = {}): DoneReportRow {
  return {
    case: "passkey/2048/0",
    suite: "needles",
    task: "passkey",
    group: null,
    length: 2048,
    method: "parallelcomp",
    queryAware: true,
    oracle: false,
    metric: "contains-all",
    graph: "graphs/parallelcomp.yaml",
    graphHash: "a".repeat(64),
    effectiveHash: "b".repeat(64),
    caseHash: `case ${fields.case ?? "passkey/2048/0"}`,
    model: "tiny",
    modelHash: "c".repeat(64),
    vocabularyHash: "d".repeat(64),
    chatTemplateHash: null,
    dataHash: null,
    files: [],
    template: null,
    versions: { parallelcomp: "0.1.0", deno: "2.9.6" },
    command: null,
    at: "2026-11-22T12:00:00.000Z",
    score: 1,
    seconds: 1,
    firstTokenSeconds: 0.5,
    kept: { entries: 512, bytes: 4 * 2 ** 20 },
    peakBytes: 8 * 2 ** 20,
    processPeakBytes: 512 * 2 ** 20,
    provider: "cpu",
    warnings: [],
    ...fields,
  };
}

/** Rows of a method on one task at one length, the first `right` of them right. */
export function madeRows(
  n: number,
  right: number,
  fields: Partial<DoneReportRow> = {},
): DoneReportRow[] {
  const { task = "passkey", length = 2048 } = fields;
  return Array.from({ length: n }, (_, seed) => {
    const name = `${task}/${length}/${seed}`;
    return madeRow({
      ...fields,
      case: name,
      caseHash: `case ${name}`,
      score: seed < right ? 1 : 0,
    });
  });
}

/** A row whose run failed. */
export function madeFailure(
  error: string,
  fields: Partial<DoneReportRow> = {},
): ReportRow {
  const { score: _, ...row } = madeRow(fields);
  return { ...row, error };
}
