import type { Drawing } from "./figure.ts";

interface Perplexity {
  readonly model: string;
  readonly tokens: number;
  /** Of the merged cache that the tokens were decoded over, where they were. */
  readonly entries?: number;
  readonly perplexity: Readonly<Record<string, number>>;
}

/** Perplexity at each accuracy, beside llama.cpp. */
export const perplexity: Drawing = {
  of: /^(cpu_perplexity|decode_cache_bits)$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const { model, tokens, entries, perplexity } = data as Perplexity;
      const values = Object.entries(perplexity).map(([name, value]) => ({
        side: name === "llamaCpp" ? "llama.cpp" : name,
        kind: name === "llamaCpp" ? "llama.cpp" : "ours",
        value,
      }));
      return {
        title: entries === undefined
          ? "Perplexity by accuracy"
          : "Perplexity while decoding",
        says: `${model}, ${tokens.toLocaleString("en")} tokens of Moby-Dick${
          entries === undefined
            ? ""
            : `, decoded over ${entries.toLocaleString("en")} merged entries`
        }. Computed once, it does not vary; the axis does not begin at 0.`,
        files: [file],
        chart: {
          data: { values },
          width: 460,
          height: { step: 22 },
          encoding: {
            x: {
              field: "value",
              type: "quantitative",
              scale: { zero: false, padding: 40 },
              title: "perplexity",
            },
            y: { field: "side", type: "nominal", sort: null, title: null },
          },
          layer: [
            {
              mark: { type: "point", filled: true, size: 80 },
              encoding: {
                color: {
                  field: "kind",
                  type: "nominal",
                  sort: ["ours"],
                  legend: null,
                },
              },
            },
            {
              mark: { type: "text", align: "left", dx: 8 },
              encoding: {
                text: { field: "value", type: "quantitative", format: ".2f" },
              },
            },
          ],
        },
      };
    }),
};
