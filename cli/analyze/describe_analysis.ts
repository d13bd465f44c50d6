import type {
  AttentionAnalysis,
  AttentionView,
} from "../../eval/analysis/analysis.ts";
import { shapes } from "../../eval/analysis/attention_shape.ts";
import { sparsityBound } from "../../eval/analysis/sparsity_bound.ts";
import { partShapes } from "../../eval/analysis/summarise_chunks.ts";
import type { HeadSummary } from "../../eval/analysis/summarise_heads.ts";
import { mean } from "../../eval/statistics/mean.ts";

/** The analysis in a screen of text. */
export function describeAnalysis(analysis: AttentionAnalysis): string {
  const { local, merged, documentTokens, documentChunks, rows } = analysis;
  const count = (n: number) => n.toLocaleString("en");
  const parts = partShapes(merged.chunks);
  const measured = [
    measure("sink mass", ({ sink }) => sink),
    measure("middle mass", ({ middle }) => middle),
    measure("recent mass", ({ recent }) => recent),
    measure("on the document", ({ share }) => share),
    measure("entropy, nats", ({ entropy }) => entropy),
    measure("largest entry", ({ top }) => top),
    measure("entries for 95 %", ({ cover95 }) => cover95, 0),
    measure("peaks a chunk", ({ peaks }) => peaks, 1),
  ];
  const lines = [
    `${analysis.model} on ${analysis.document}: ${
      count(documentTokens)
    } tokens, ${count(local.chunks.length)} of ${
      count(documentChunks)
    } chunks, the question's last ${rows} rows`,
    ...(analysis.again
      ? ["merged: what is left of these chunks, read again as one text"]
      : []),
    "",
    row("mean over heads", "each chunk", "merged"),
    ...measured.map(([name, read]) => row(name, read(local), read(merged))),
    "",
    row("heads by shape", "each chunk", "merged", "chunk by chunk"),
    ...shapes.map((shape) =>
      row(
        shape,
        `${local.shapes[shape]}`,
        `${merged.shapes[shape]}`,
        `${parts[shape]}`,
      )
    ),
    ...widthLines(analysis),
    ...calibrationLines(analysis),
  ];
  return `${lines.join("\n")}\n`;
}

function measure(
  name: string,
  read: (head: HeadSummary) => number,
  digits = 3,
): readonly [string, (view: AttentionView) => string] {
  return [name, ({ heads }) => mean(heads.map(read)).toFixed(digits)];
}

function row(...cells: readonly string[]): string {
  const [name, ...values] = cells;
  const padded = values.map((value) => value.padStart(16));
  return `${name!.padEnd(22)}${padded.join("")}`;
}

function widthLines(
  { widths, epsilons, bound, headDim }: AttentionAnalysis,
): string[] {
  if (widths.length === 0) return [];
  return [
    "",
    row("effective entries", ...epsilons.map((e) => `above ${e}`)),
    ...widths.map(({ width, heads }) =>
      row(
        `in ${width.toLocaleString("en")}`,
        ...epsilons.map((_, e) =>
          mean(heads.map(({ effective }) => effective[e]!)).toFixed(1)
        ),
      )
    ),
    row(
      "bound, not tight",
      ...epsilons.map((e) =>
        sparsityBound(widths.at(-1)!.width, e, headDim, bound).toFixed(1)
      ),
    ),
  ];
}

function calibrationLines(
  { calibration, abnormal }: AttentionAnalysis,
): string[] {
  return calibration.flatMap((effect) => [
    "",
    row(
      effect.node,
      ...abnormal.map((threshold) => `above ${threshold}`),
      "entries",
    ),
    ...(["before", "after"] as const).map((when) =>
      row(
        `${when}, a head`,
        ...abnormal.map((_, t) =>
          mean(effect.heads.map((head) => head[when][t]!)).toFixed(3)
        ),
        effect[when === "before" ? "entriesBefore" : "entriesAfter"].toFixed(0),
      )
    ),
  ]);
}
