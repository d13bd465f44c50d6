import type { TopLevelSpec } from "vega-lite";
import { median } from "../statistics/median.ts";
import { type Block, heading, text } from "./blocks.ts";
import { type CostPoint, frontier } from "./frontier.ts";
import { byClass, type MethodClass, methodClasses } from "./method_class.ts";
import { doneRows, type ReportRow } from "./report_row.ts";
import { isPerplexity, scoreCell } from "./score_cell.ts";
import { distinct, lengthName, lengthsOf } from "./setting.ts";

interface MethodPoint extends CostPoint {
  readonly method: string;
  readonly kind: string;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

const costs = {
  bytes: { title: "KV kept, MiB", of: "bytes kept", unit: "MiB" },
  seconds: { title: "seconds a case", of: "time", unit: "s" },
} as const;

type Cost = keyof typeof costs;

/** Accuracy over all tasks against bytes kept and against time: which methods no other beats at once in both. */
export function frontierSections(rows: readonly ReportRow[]): Block[] {
  const judged = rows.filter((row) => !isPerplexity(row));
  if (doneRows(judged).length === 0) return [];
  const parts = lengthsOf(judged).flatMap((length) => {
    const own = judged.filter((row) => row.length === length);
    return (Object.keys(costs) as Cost[]).map((cost) => ({
      length,
      cost,
      points: byClass(own).flatMap(([one, of]) => pointsOf(one, of, cost)),
    }));
  }).filter(({ points }) => points.length > 0);
  return [
    heading(3, "What accuracy costs"),
    text(
      "Accuracy is the mean over all cases of a length. On the frontier are methods that no other one of their class beats in accuracy at the same cost or less; ties of intervals are not looked at here.",
    ),
    ...parts.map(({ length, cost, points }): Block => ({
      kind: "chart",
      title: `Accuracy against ${costs[cost].of}, ${lengthName(length)}`,
      says:
        "Upright lines are 95 % bootstrap intervals of the accuracy, costs are medians. A step line joins the methods of a class that no other of the class beats.",
      spec: chart(points, cost),
    })),
    ...distinct(parts.flatMap(({ points }) => points.map(({ kind }) => kind)))
      .map((kind): Block => ({
        kind: "table",
        words: true,
        caption: `methods on the frontier, the cheapest first: ${kind}`,
        head: ["length", "by", "methods"],
        rows: parts.flatMap(({ length, cost, points }) => {
          const own = points.filter((point) => point.kind === kind);
          if (own.length === 0) return [];
          const best = frontier(own).map((point) =>
            `${point.method} ${point.value.toFixed(2)} at ${
              point.cost.toFixed(1)
            } ${costs[cost].unit}, n ${point.n}`
          );
          return [[lengthName(length), costs[cost].of, best.join("; ")]];
        }),
      })),
  ];
}

function pointsOf(
  one: MethodClass,
  rows: readonly ReportRow[],
  cost: Cost,
): MethodPoint[] {
  return distinct(rows.map(({ method }) => method)).flatMap((method) => {
    const own = rows.filter((row) => row.method === method);
    const { n, value, low, high } = scoreCell(own);
    if (value === null) return [];
    const spent = doneRows(own).map((row) =>
      cost === "bytes" ? row.kept.bytes / 2 ** 20 : row.seconds
    );
    const kind = methodClasses[one];
    return [{ method, kind, cost: median(spent), value, low, high, n }];
  });
}

function chart(points: readonly MethodPoint[], cost: Cost): TopLevelSpec {
  const spent = points.map((point) => point.cost);
  const wide = Math.min(...spent) > 0 &&
    Math.max(...spent) > 8 * Math.min(...spent);
  const x = {
    field: "cost",
    type: "quantitative" as const,
    scale: wide ? { type: "log" as const, padding: 20 } : { zero: true },
    title: costs[cost].title,
  };
  const y = { type: "quantitative" as const, scale: { domain: [0, 1] } };
  const names = points.map(({ method }) => method);
  const method = {
    field: "method",
    type: "nominal" as const,
    sort: names,
    title: null,
    legend: { columns: names.length > 16 ? 2 : 1 },
  };
  const kinds = distinct(points.map(({ kind }) => kind));
  const lines = kinds.flatMap((kind) =>
    frontier(points.filter((point) => point.kind === kind))
  );
  return {
    data: { values: [...points] },
    width: 520,
    height: 320,
    layer: [
      {
        data: { values: lines },
        mark: { type: "line", interpolate: "step-after", color: "#888" },
        encoding: {
          x,
          y: { ...y, field: "value" },
          strokeDash: {
            field: "kind",
            type: "nominal",
            sort: kinds,
            title: "frontier of",
          },
        },
      },
      {
        mark: { type: "rule", opacity: 0.4 },
        encoding: {
          x,
          y: { ...y, field: "low", title: "accuracy" },
          y2: { field: "high" },
          color: method,
        },
      },
      {
        mark: { type: "point", size: 90, strokeWidth: 2.5, opacity: 1 },
        encoding: {
          x,
          y: { ...y, field: "value" },
          color: method,
          shape: method,
        },
      },
    ],
  };
}
