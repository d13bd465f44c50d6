import { type Block, heading, text } from "../../report/blocks.ts";
import { mean } from "../../statistics/mean.ts";
import type { AttentionAnalysis } from "../analysis.ts";
import { heatMap } from "./heat_map.ts";

/** Abnormal entries before and after every calibrating node. */
export function calibrationBlocks(
  { calibration, abnormal, graph, rows }: AttentionAnalysis,
): Block[] {
  const first = heading(2, "Calibration");
  if (calibration.length === 0) {
    return [
      first,
      text(`Graph '${graph}' does not calibrate; 'paper' is one that does.`),
    ];
  }
  return [
    first,
    text(
      `Entries with more attention than a threshold, the mean over the question's last ${rows} rows; here the softmax includes the question's own tokens, as calibration sees it. What is dropped gives its mass to the others, so a count may rise.`,
    ),
    ...calibration.flatMap((effect): Block[] => [
      {
        kind: "table",
        caption:
          `${effect.node} (${effect.stage}): a head's mean over ${effect.caches} caches; ${
            effect.entriesBefore.toFixed(1)
          } entries before, ${effect.entriesAfter.toFixed(1)} after`,
        head: ["entries", "before", "after"],
        rows: abnormal.map((threshold, t) => [
          `above ${threshold}`,
          mean(effect.heads.map(({ before }) => before[t]!)).toFixed(3),
          mean(effect.heads.map(({ after }) => after[t]!)).toFixed(3),
        ]),
      },
      ...abnormal.map((threshold, t) =>
        heatMap({
          title: `${effect.node}: entries above ${threshold}`,
          says: "By layer and query head.",
          legend: "entries",
          cells: (["before", "after"] as const).flatMap((panel) =>
            effect.heads.map((head) => ({
              layer: head.layer,
              head: head.head,
              panel,
              value: head[panel][t]!,
            }))
          ),
        })
      ),
    ]),
  ];
}
