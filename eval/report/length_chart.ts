import type { Block } from "./blocks.ts";
import type { ReportRow } from "./report_row.ts";
import { scoreCell } from "./score_cell.ts";
import { distinct, lengthsOf } from "./setting.ts";

interface Drawn {
  readonly title: string;
  readonly scale: { domain?: [number, number]; type?: "log" };
}

/** What is drawn by length: accuracy, or perplexity, which grows by powers. */
const charts: Readonly<Record<"accuracy" | "perplexity", Drawn>> = {
  accuracy: {
    title: "Accuracy by length, all tasks",
    scale: { domain: [0, 1] },
  },
  perplexity: { title: "Perplexity by length", scale: { type: "log" } },
};

/**
 * Accuracy of all tasks together, or perplexity, by length, a mark a method; nothing where there is one length only.
 */
export function lengthChart(
  rows: readonly ReportRow[],
  name: keyof typeof charts,
): Block[] {
  const drawn = charts[name];
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
    title: drawn.title,
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
              scale: drawn.scale,
              title: name,
            },
            y2: { field: "high" },
          },
        },
        {
          mark: { type: "point", size: 70, strokeWidth: 2.5, opacity: 1 },
          encoding: {
            y: { field: "value", type: "quantitative", scale: drawn.scale },
            shape: method,
          },
        },
      ],
    },
  }];
}
