import { type Block, heading } from "../../report/blocks.ts";
import type { AttentionAnalysis } from "../analysis.ts";
import { calibrationBlocks } from "./calibration_blocks.ts";
import { massBlocks } from "./mass_blocks.ts";
import { shapeBlocks } from "./shape_blocks.ts";
import { spreadBlocks } from "./spread_blocks.ts";
import { widthBlocks } from "./width_blocks.ts";

/** An analysis as blocks of a report. */
export function analysisBlocks(analysis: AttentionAnalysis): Block[] {
  const { local, documentChunks, documentTokens, rows } = analysis;
  return [
    {
      kind: "list",
      items: [
        `document: ${analysis.document}, ${
          documentTokens.toLocaleString("en")
        } tokens in ${documentChunks} chunks, of which the merged cache holds ${local.chunks.length}${
          analysis.again
            ? "; what is left of them was read again as one text, and that is the merged cache"
            : ""
        }`,
        `question: ${analysis.question}`,
        `model: ${analysis.model}, ${analysis.provider}; graph: ${analysis.graph}`,
        `read: the question's last ${rows} rows, their attention to the chunk's entries brought to a sum of 1`,
        `parallelcomp ${analysis.version}: ${analysis.command}`,
      ],
    },
    ...massBlocks(analysis),
    ...shapeBlocks(analysis),
    ...spreadBlocks(analysis),
    ...widthBlocks(analysis),
    ...calibrationBlocks(analysis),
    heading(2, "Settings"),
    {
      kind: "table",
      head: ["limit of shapes and peaks", "value"],
      rows: Object.entries(analysis.limits).map(([name, value]) => [
        name,
        `${value}`,
      ]),
    },
  ];
}
