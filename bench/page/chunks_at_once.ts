import type { Drawing } from "./figure.ts";
import { type RangeBar, rangeBars } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Side {
  readonly firstTokenSeconds: number;
  readonly millisecondsPerToken: number;
  readonly peakCardBytes: number;
}

interface ChunksAtOnce {
  readonly card: string;
  readonly about: string;
  readonly torch: { readonly fullAttentionFirstTokenSeconds: number };
  readonly rows: readonly {
    readonly chunksAtOnce: number;
    readonly evicted?: Side;
    readonly kept?: Side;
  }[];
}

const kinds = { evicted: "KV evicted", kept: "all KV kept" } as const;

/** Chunks at once against one at a time, KV evicted against kept: the paper's table of throughput, in shape. */
export const chunksAtOnce: Drawing = {
  of: /^gpu_chunks_at_once$/,
  draw: (results) =>
    [...results].flatMap(([file, data]) => {
      const result = data as ChunksAtOnce;
      const bars = (of: (side: Side) => number) =>
        result.rows.flatMap(({ chunksAtOnce, ...sides }) =>
          (["evicted", "kept"] as const).flatMap((name): RangeBar[] => {
            const side = sides[name];
            if (side === undefined) return [];
            return [{
              group: chunksAtOnce === 1
                ? "1 chunk at once"
                : `${chunksAtOnce} chunks at once`,
              side: kinds[name],
              kind: kinds[name],
              ...rounds([of(side)]),
            }];
          })
        );
      const torch: RangeBar = {
        group: "all tokens at once",
        side: "torch, full attention",
        kind: "torch",
        ...rounds([result.torch.fullAttentionFirstTokenSeconds]),
      };
      const figure = (
        title: string,
        all: RangeBar[],
        unit: string,
        format: string,
      ) => ({
        title: `CUDA, chunks at once: ${title}`,
        says:
          `${result.card}. ${result.about} A bar is what is stored of a run's repetitions.`,
        files: [file],
        chart: rangeBars(all, unit, format),
      });
      const first = bars((side) => side.firstTokenSeconds);
      return [
        figure("first token", [...first, torch], "seconds", ".2f"),
        figure(
          "decoding",
          bars((side) => side.millisecondsPerToken),
          "ms a token",
          ".2f",
        ),
        figure(
          "the card's peak",
          bars((side) => side.peakCardBytes / 1e9),
          "GB",
          ".1f",
        ),
      ];
    }),
};
