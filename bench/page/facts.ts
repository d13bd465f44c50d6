import type { Drawing } from "./figure.ts";

interface Facts {
  readonly cells: readonly {
    readonly task: string;
    readonly right: number;
    /** Of needles. */
    readonly setting?: string;
    readonly tokens?: number;
    readonly cases?: number;
    /** Of sweeps. */
    readonly variation?: string;
    readonly rows?: number;
  }[];
}

/** Planted facts that were found, by rule and task. */
export const facts: Drawing = {
  of: /^(needles|shelf_.*)$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const values = (data as Facts).cells.map((cell) => {
        const n = cell.cases ?? cell.rows ?? 0;
        return {
          rule: cell.variation ?? cell.setting,
          task: cell.tokens === undefined
            ? cell.task
            : `${cell.task}, ${cell.tokens.toLocaleString("en")}`,
          share: n > 0 ? cell.right / n : null,
          text: `${cell.right} of ${n}`,
        };
      });
      return {
        title: `Facts found: ${file}`,
        says:
          "Right answers of all cases, bundled model. With 20 cases and half of them right a 95 % interval is about 0.3 to 0.7: small differences are none.",
        files: [file],
        chart: {
          data: { values },
          width: { step: 130 },
          height: { step: 20 },
          encoding: {
            x: {
              field: "task",
              type: "nominal",
              sort: null,
              title: null,
              axis: { orient: "top", labelAngle: 0, labelLimit: 128 },
            },
            y: {
              field: "rule",
              type: "nominal",
              sort: null,
              title: null,
              axis: { labelLimit: 400 },
            },
          },
          layer: [
            {
              mark: "rect",
              encoding: {
                color: {
                  field: "share",
                  type: "quantitative",
                  scale: { domain: [0, 1], range: ["#8882", "#3f9fbfb0"] },
                  legend: null,
                },
              },
            },
            { mark: "text", encoding: { text: { field: "text" } } },
          ],
        },
      };
    }),
};
