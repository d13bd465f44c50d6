import type { Drawing, Figure, Results } from "./figure.ts";
import { type RangeBar, rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Card {
  readonly command: string;
  readonly card: string;
  readonly settings: {
    readonly shape: string;
    readonly chunks: number;
    readonly rows: number;
    readonly batch: number;
    readonly bits: number;
  };
  readonly decode: { readonly bandwidthLimitSeconds: number };
  readonly peakCardBytes: number;
  readonly cardMemory?: { readonly predictedBytes: number };
  readonly all: {
    readonly ours: readonly {
      readonly prefilled: number;
      readonly first: number;
      readonly perToken: number;
    }[];
    readonly theirs: readonly {
      readonly chunks: number;
      readonly full: number | null;
    }[];
  };
}

/** Figures of a CUDA card, beside torch and the memory's bandwidth. */
export const card: Drawing = {
  of: /^gpu_\d/,
  draw(results) {
    const all = [...results].map(([, data]) => data as Card);
    const files = [...results.keys()];
    const { card, settings: { chunks, rows } } = all[0]!;
    const setting = `${card}, random weights, ${chunks} chunks of ${
      rows.toLocaleString("en")
    } ids.`;
    const figure = (
      title: string,
      says: string,
      bars: RangeBar[],
      unit: string,
      format?: string,
    ): Figure[] =>
      bars.length === 0 ? [] : [{
        title,
        says: `${setting} ${says} ${READ}`,
        files,
        chart: rangeBars(bars, unit, format),
      }];
    return [
      figure(
        "CUDA: prefill",
        "Until the last chunk is evicted; torch.compile with flash attention reads the same chunks and evicts nothing.",
        prefillBars(results),
        "tokens/s",
      ),
      figure(
        "CUDA: first token",
        "From the ids to the answer's first token; torch reads all of them at once with full attention.",
        firstBars(results),
        "seconds",
        ".2f",
      ),
      figure(
        "CUDA: decoding",
        "The limit is what reading weights and cache once a token takes at the card's bandwidth.",
        decodeBars(results),
        "tokens/s",
      ),
      figure(
        "CUDA: the card's peak",
        "All memory in use on the card, read once a run, and what plan predicted; runs beside torch, whose memory would be in it, are left out.",
        peakBars(results),
        "GB",
        ".1f",
      ),
    ].flat();
  },
};

/** The group and the name of a result's own bar. */
function sideOf(
  file: string,
  { command, settings: { shape, batch, bits } }: Card,
): Pick<RangeBar, "group" | "side" | "kind"> {
  const workers = /workers=(\d+)/.exec(command)?.[1] ?? "1";
  const cards = workers === "1" ? "" : `, ${workers} cards`;
  const side = `${bits} bits, ${batch} a call${cards} (${file})`;
  return { group: `${shape} shape`, side, kind: "ours" };
}

function prefillBars(results: Results): RangeBar[] {
  return [...results].flatMap(([file, data]) => {
    const result = data as Card;
    const tokens = result.settings.chunks * result.settings.rows;
    const own = sideOf(file, result);
    const { ours, theirs } = result.all;
    return [
      { ...own, ...rounds(ours.map((run) => tokens / run.prefilled)) },
      ...(theirs.length === 0 ? [] : [{
        ...own,
        side: `torch (${file})`,
        kind: "torch",
        ...rounds(theirs.map((run) => tokens / run.chunks)),
      }]),
    ];
  });
}

function firstBars(results: Results): RangeBar[] {
  return [...results].flatMap(([file, data]) => {
    const own = sideOf(file, data as Card);
    const { ours, theirs } = (data as Card).all;
    const full = theirs.flatMap((run) => run.full ?? []);
    return [
      { ...own, ...rounds(ours.map(({ first }) => first)) },
      ...(full.length === 0 ? [] : [{
        ...own,
        side: `torch, full attention (${file})`,
        kind: "torch",
        ...rounds(full),
      }]),
    ];
  });
}

function decodeBars(results: Results): RangeBar[] {
  return [...results].flatMap(([file, data]) => {
    const result = data as Card;
    const own = sideOf(file, result);
    return [
      { ...own, ...rounds(result.all.ours.map((run) => 1 / run.perToken)) },
      {
        ...own,
        side: `limit of the bandwidth (${file})`,
        kind: "physical limit",
        ...rounds([1 / result.decode.bandwidthLimitSeconds]),
      },
    ];
  });
}

function peakBars(results: Results): RangeBar[] {
  return [...results].flatMap(([file, data]) => {
    const result = data as Card;
    if (result.all.theirs.length > 0) return [];
    const own = sideOf(file, result);
    const predicted = result.cardMemory?.predictedBytes;
    return [
      { ...own, ...rounds([result.peakCardBytes / 1e9]) },
      ...(predicted === undefined ? [] : [{
        ...own,
        side: `predicted (${file})`,
        kind: "predicted",
        ...rounds([predicted / 1e9]),
      }]),
    ];
  });
}
