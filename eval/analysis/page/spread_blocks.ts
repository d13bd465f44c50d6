import { type Block, heading, text } from "../../report/blocks.ts";
import { mean } from "../../statistics/mean.ts";
import type { AttentionAnalysis } from "../analysis.ts";
import { ecdfGrid } from "../attention_ecdf.ts";
import { layerLines } from "./layer_lines.ts";
import { linePanels } from "./line_panels.ts";

/** How attention is distributed over entries, and how it falls with distance. */
export function spreadBlocks(analysis: AttentionAnalysis): Block[] {
  const layers = Map.groupBy(analysis.local.heads, ({ layer }) => layer);
  return [
    heading(2, "Distribution"),
    linePanels({
      title: "Empirical distribution of attention",
      says:
        "Which share of the entries gets at most so much, in units of the even share; a line a layer, the mean over its heads. The further a line lies to the left of 1, the fewer entries hold the mass.",
      x: "attention over its even share",
      y: "share of the entries",
      points: layerLines(analysis, ({ ecdf }) => ecdf, (i) => ecdfGrid[i]!),
      logX: true,
    }),
    heading(2, "Fall with distance"),
    text(
      "Appendix A.1 of the paper assumes A ∝ exp(−(α/√d) · distance). A straight line through ln A by the distance to the end of each chunk, by least squares; R² says how much of the variance it explains. Sinks and planted facts lie off any line, so a low R² is what to expect.",
    ),
    {
      kind: "table",
      caption: "Each chunk by itself, mean over the layer's heads",
      head: ["layer", "α/√d a token", "α", "R²"],
      rows: [...layers].map(([layer, heads]) => {
        const rate = mean(heads.map(({ rate }) => rate ?? 0));
        const goodness = mean(heads.map(({ goodness }) => goodness ?? 0));
        return [
          `${layer}`,
          rate.toExponential(2),
          (rate * Math.sqrt(analysis.headDim)).toExponential(2),
          goodness.toFixed(3),
        ];
      }),
    },
  ];
}
