import type { Block } from "./blocks.ts";
import type { ReportRow } from "./report_row.ts";
import { scoreCell } from "./score_cell.ts";
import { distinct, lengthsOf } from "./setting.ts";

/** Accuracy of all tasks together by length, a line a method; nothing where there is one length only. */
export function lengthChart(rows: readonly ReportRow[]): Block[] {
  const lengths = lengthsOf(rows).filter((length) => length !== null);
  if (lengths.length < 2) return [];
  const methods = distinct(rows.map(({ method }) => method));
  const values = methods.flatMap((method) =>
    lengths.flatMap((length) => {
      const { value, low, high, n } = scoreCell(
        rows.filter((row) => row.method === method && row.length === length),
      );
      return value === null ? [] : [{ method, length, value, low, high, n }];
    })
  );
  if (values.length === 0) return [];
  const axis = {
    labelAngle: 0,
    labelExpr: "format(datum.value, ',')",
    title: "tokens of the document",
  };
  const method = {
    field: "method",
    type: "nominal" as const,
    sort: methods,
    title: null,
  };
  return [{
    kind: "chart",
    title: "Accuracy by length, all tasks",
    says: "Upright lines are 95 % bootstrap intervals.",
    spec: {
      data: { values },
      width: 560,
      height: 300,
      encoding: {
        x: { field: "length", type: "ordinal", axis },
        xOffset: { field: "method", sort: methods },
        color: method,
      },
      layer: [
        {
          mark: { type: "rule", opacity: 0.5 },
          encoding: {
            y: {
              field: "low",
              type: "quantitative",
              scale: { domain: [0, 1] },
              title: "accuracy",
            },
            y2: { field: "high" },
          },
        },
        {
          mark: { type: "point", size: 70, strokeWidth: 2.5, opacity: 1 },
          encoding: {
            y: { field: "value", type: "quantitative" },
            shape: method,
          },
        },
      ],
    },
  }];
}
