import type { Drawing } from "./figure.ts";
import { rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Fusion {
  readonly chunks: number;
  readonly rows: number;
  readonly keepEntries: number;
  readonly shares: Readonly<
    Record<string, {
      readonly seconds: Readonly<
        Record<"fused" | "unfused", readonly number[]>
      >;
    }>
  >;
}

/** Eviction inside the prefill session, and behind it. */
export const fusion: Drawing = {
  of: /^fusion$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const { chunks, rows, keepEntries, shares } = data as Fusion;
      const bars = Object.entries(shares).flatMap(([share, { seconds }]) =>
        (["fused", "unfused"] as const).map((side) => ({
          group: `share: ${share}`,
          side,
          kind: side,
          ...rounds(seconds[side]),
        }))
      );
      return {
        title: "Eviction inside the prefill session",
        says:
          `Bundled model, ${chunks} chunks of ${rows} rows, ${keepEntries} entries kept of each. ${READ}`,
        files: [file],
        chart: rangeBars(bars, "seconds", ".2f"),
      };
    }),
};
