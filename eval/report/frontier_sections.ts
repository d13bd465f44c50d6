import type { TopLevelSpec } from "vega-lite";
import { type Block, heading, text } from "./blocks.ts";
import { median } from "./cost_sections.ts";
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
  bytes: { title: "KV kept, MiB", of: "bytes kept" },
  seconds: { title: "seconds a case", of: "time" },
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
        "Lines are 95 % bootstrap intervals of the accuracy; costs are medians.",
      spec: chart(points, cost),
    })),
    {
      kind: "table",
      caption: "methods on the frontier, the cheapest first",
      head: ["length", "class", "by", "methods"],
      rows: parts.flatMap(({ length, cost, points }) =>
        distinct(points.map(({ kind }) => kind)).map((kind) => [
          lengthName(length),
          kind,
          costs[cost].of,
          frontier(points.filter((point) => point.kind === kind))
            .map(({ method }) => method).join(", "),
        ])
      ),
    },
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
  const scale = points.every((point) => point.cost > 0)
    ? { type: "log" as const, padding: 20, nice: false }
    : { zero: true };
  const x = {
    field: "cost",
    type: "quantitative",
    scale,
    title: costs[cost].title,
  } as const;
  const y = {
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
  };
  const color = {
    field: "kind",
    type: "nominal",
    sort: Object.values(methodClasses),
    title: null,
    legend: { orient: "bottom" },
  } as const;
  return {
    data: { values: [...points] },
    width: 560,
    height: 320,
    layer: [
      {
        mark: { type: "rule", opacity: 0.5 },
        encoding: {
          x,
          y: { ...y, field: "low", title: "accuracy" },
          y2: { field: "high" },
          color,
        },
      },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
      {
        mark: { type: "text", align: "left", dx: 7, dy: -5 },
        encoding: { x, y: { ...y, field: "value" }, text: { field: "method" } },
      },
    ],
  };
}
