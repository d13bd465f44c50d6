import type { Drawing } from "./figure.ts";
import { rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Overhead {
  readonly tokens: number;
  readonly chunks: number;
  readonly tokensPerSecond: Readonly<Record<string, readonly number[]>>;
}

const sides: Readonly<Record<string, string>> = {
  bare: "bare prefill sessions",
  parallelcomp: "graph parallelcomp",
  one_pass: "graph one_pass",
};

/** What the dataflow costs beside the sessions that it runs. */
export const overhead: Drawing = {
  of: /^pipeline_overhead$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const { tokens, chunks, tokensPerSecond } = data as Overhead;
      const bars = Object.entries(tokensPerSecond).map(([name, rates]) => ({
        group: `${tokens.toLocaleString("en")} tokens in ${chunks} chunks`,
        side: sides[name] ?? name,
        kind: name === "bare" ? "sessions alone" : "whole pipeline",
        ...rounds(rates),
      }));
      return {
        title: "What the pipeline costs",
        says:
          `Bundled model, from text to merged cache: prefill, the question over every chunk, choice, eviction, merge; against nothing but prefill of the same chunks, in turn. ${READ}`,
        files: [file],
        chart: rangeBars(bars, "tokens/s"),
      };
    }),
};
