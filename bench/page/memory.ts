import type { Drawing } from "./figure.ts";
import { rounds } from "./rounds.ts";

interface Memory {
  readonly rows: readonly {
    readonly command: string;
    readonly graph: string;
    readonly tokens: number;
    readonly flags: string;
    readonly predictedMiB: number;
    readonly measuredMiB: readonly number[];
  }[];
}

/** Of a card. */
interface CardMemory {
  readonly card: string;
  readonly configurations: readonly {
    readonly shape: string;
    readonly bits: number;
    readonly batch: number;
    readonly rows: number;
    readonly predictedBytes: number;
    readonly measuredBytes: number;
  }[];
}

/** Peak memory, predicted against measured. */
export const memory: Drawing = {
  of: /^(gpu_)?memory$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const values = "configurations" in (data as object)
        ? ofCard(data as CardMemory)
        : ofProcess(data as Memory);
      const ends = values.flatMap((v) => [v.predicted, v.least, v.most]);
      const range = [Math.min(...ends) * 0.8, Math.max(...ends) * 1.15];
      const count = Math.max(...values.map((v) => v.rounds));
      const axis = { type: "log", domain: range, nice: false } as const;
      return {
        title: file === "memory"
          ? "Peak memory, predicted and measured"
          : "CUDA: the card's peak, predicted and measured",
        says: `${values.length} runs, each a point, measured ${
          count === 1 ? "once each" : `at most ${count} times each`
        }; on the line the prediction is right, between the dashed lines within 10 %. Both axes are logarithmic.`,
        files: [file],
        chart: {
          width: 420,
          height: 420,
          layer: [
            ...[1, 0.9, 1.1].map((slope) => ({
              data: {
                values: range.map((x) => ({
                  measured: x,
                  predicted: x * slope,
                })),
              },
              mark: {
                type: "line",
                clip: true,
                color: "#888",
                strokeDash: slope === 1 ? [1, 0] : [4, 4],
              } as const,
              encoding: {
                x: { field: "measured", type: "quantitative", scale: axis },
                y: { field: "predicted", type: "quantitative", scale: axis },
              } as const,
            })),
            {
              data: { values },
              mark: { type: "rule" },
              encoding: {
                x: { field: "least", type: "quantitative", scale: axis },
                x2: { field: "most" },
                y: { field: "predicted", type: "quantitative", scale: axis },
              },
            },
            {
              data: { values },
              mark: { type: "point", filled: true, size: 60 },
              encoding: {
                x: {
                  field: "median",
                  type: "quantitative",
                  scale: axis,
                  title: "measured peak, MiB",
                },
                y: {
                  field: "predicted",
                  type: "quantitative",
                  scale: axis,
                  title: "predicted peak, MiB",
                },
                color: {
                  field: "kind",
                  type: "nominal",
                  sort: null,
                  title: null,
                  legend: { orient: "bottom" },
                },
                description: { field: "run" },
              },
            },
          ],
        },
      };
    }),
};

function ofProcess({ rows }: Memory) {
  return rows.map((row) => ({
    run: [row.command, row.graph, row.tokens, row.flags].join(" ").trim(),
    kind: row.command,
    predicted: row.predictedMiB,
    ...rounds(row.measuredMiB),
  }));
}

function ofCard({ configurations }: CardMemory) {
  return configurations.map(({ shape, bits, batch, rows, ...bytes }) => ({
    run: `${shape}, ${bits} bits, ${batch} chunks of ${rows} a call`,
    kind: `${shape} shape`,
    predicted: bytes.predictedBytes / 2 ** 20,
    ...rounds([bytes.measuredBytes / 2 ** 20]),
  }));
}
