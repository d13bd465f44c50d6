import { type Block, heading, text } from "../../report/blocks.ts";
import { mean } from "../../statistics/mean.ts";
import type { AttentionAnalysis } from "../analysis.ts";
import { boundCaption, sparsityBound } from "../sparsity_bound.ts";
import { heatMap } from "./heat_map.ts";

/** Effective entries by width of the chunk, beside the theorem's bound. */
export function widthBlocks(analysis: AttentionAnalysis): Block[] {
  const { widths, widthTokens, epsilons, bound, headDim } = analysis;
  if (widths.length === 0) return [];
  const measured = widths.flatMap(({ width, heads }) =>
    epsilons.flatMap((epsilon, e) => {
      const entries = mean(heads.map(({ effective }) => effective[e]!));
      const most = sparsityBound(width, epsilon, headDim, bound);
      const at = { width, above: `${epsilon}` };
      return [
        { ...at, entries, share: entries / width, line: "measured" },
        { ...at, entries: most, share: most / width, line: "bound" },
      ];
    })
  );
  const chart = (
    title: string,
    says: string,
    field: "entries" | "share",
  ): Block => ({
    kind: "chart",
    title,
    says,
    spec: {
      data: {
        values: measured.map((row) => ({
          ...row,
          value: Math.max(row[field], 1e-5), // the scale has no zero
        })),
      },
      mark: { type: "line", point: true },
      width: 480,
      height: 280,
      encoding: {
        x: {
          field: "width",
          type: "quantitative",
          scale: { type: "log", base: 2 },
          axis: { values: widths.map(({ width }) => width) },
          title: "entries of a chunk",
        },
        y: {
          field: "value",
          type: "quantitative",
          scale: { type: "log" },
          title: field === "share" ? "share effective" : "effective entries",
        },
        color: { field: "above", type: "nominal", title: "ε" },
        strokeDash: {
          field: "line",
          type: "nominal",
          scale: { domain: ["measured", "bound"], range: [[1, 0], [6, 4]] },
          title: null,
        },
      },
    },
  });
  const last = epsilons.length > 1 ? 1 : 0;
  return [
    heading(2, "Effective entries and the theorem's bound"),
    text(
      `The first ${
        widthTokens.toLocaleString("en")
      } tokens of the document, cut at every width; entries above ε, the mean over the question's rows, heads, layers and chunks. Attention to a chunk's own entries is brought to a sum of 1 before it is counted.`,
    ),
    chart(
      "Effective entries by width",
      `Dashed: k ≤ w − exp(c · log²(εw) / R²) · δ / (w · d) of theorem 3.1, with c = ${bound.constant}, δ = ${bound.delta}, d = ${headDim} and R² = ${bound.rank} · ln w. ${boundCaption}`,
      "entries",
    ),
    chart(
      "Share of the entries that is effective",
      "The same over the width: what the theorem says falls.",
      "share",
    ),
    {
      kind: "table",
      head: [
        "entries of a chunk",
        "chunks",
        ...epsilons.flatMap((e) => [`above ${e}`, `bound ${e}`]),
      ],
      rows: widths.map(({ width, chunks, heads }) => [
        width.toLocaleString("en"),
        `${chunks}`,
        ...epsilons.flatMap((epsilon, e) => [
          mean(heads.map(({ effective }) => effective[e]!)).toFixed(2),
          sparsityBound(width, epsilon, headDim, bound).toFixed(2),
        ]),
      ]),
    },
    heatMap({
      title: `By head: entries above ${epsilons[last]}`,
      says: "One map a width.",
      legend: "effective entries",
      cells: [widths[0]!, ...widths.slice(1).slice(-1)].flatMap((
        { width, heads },
      ) =>
        heads.map(({ layer, head, effective }) => ({
          layer,
          head,
          panel: `chunks of ${width.toLocaleString("en")}`,
          value: effective[last]!,
        }))
      ),
    }),
  ];
}
