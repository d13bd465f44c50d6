import type { Drawing } from "./figure.ts";
import { type RangeBar, rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Batches {
  readonly model: string;
  readonly length: number;
  readonly limits: { readonly flopsPerSecond: number };
  readonly tokensPerSecondByBatch: Readonly<Record<string, readonly number[]>>;
  readonly llamaCppQ40: readonly number[];
  readonly shareOfLimit: Readonly<Record<string, number>>;
}

/** Prefill by the number of chunks a call, beside llama.cpp and the processor's products. */
export const batches: Drawing = {
  of: /^cpu_batches$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const result = data as Batches;
      const bars = Object.entries(result.tokensPerSecondByBatch)
        .map(([size, rates]): RangeBar => ({
          group: `${result.length.toLocaleString("en")} tokens a chunk`,
          side: size === "1" ? "1 chunk a call" : `${size} chunks a call`,
          kind: "ours, fp32",
          ...rounds(rates),
        }));
      const other: RangeBar = {
        ...bars[0]!,
        side: "llama.cpp, Q4_0, 1 chunk",
        kind: "llama.cpp",
        ...rounds(result.llamaCppQ40),
      };
      const shares = Object.entries(result.shareOfLimit).map(([size, share]) =>
        `${share.toFixed(2)} with ${size}`
      ).join(", ");
      return {
        title: "Prefill by chunks a call",
        says: `${result.model}. Of the ${
          (result.limits.flopsPerSecond / 1e9).toFixed(0)
        } GFLOP/s that plain fp32 products reach here, prefill takes ${shares}. ${READ}`,
        files: [file],
        chart: rangeBars([...bars, other], "tokens/s"),
      };
    }),
};
