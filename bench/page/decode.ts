import type { Drawing } from "./figure.ts";
import { rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Decode {
  readonly model: string;
  readonly entries: number;
  /** By way and side. */
  readonly tokensPerSecond: Readonly<
    Record<string, Readonly<Record<string, readonly number[]>>>
  >;
}

const ways: Readonly<Record<string, string>> = {
  greedy: "greedy, several tokens a call",
  single: "one token a call",
};

const sides: Readonly<Record<string, readonly [side: string, kind: string]>> = {
  exact: ["exact", "ours"],
  fast: ["fast (int8 decodes so too)", "ours"],
  llamaCppQ41: ["llama.cpp, Q4_1", "llama.cpp"],
  llamaCppQ40: ["llama.cpp, Q4_0", "llama.cpp"],
};

/** Decoding over a merged cache, beside llama.cpp. */
export const decode: Drawing = {
  of: /^cpu_decode(_\d+)?$/,
  draw(results) {
    const all = [...results.values()] as Decode[];
    const bars = all.flatMap(({ entries, tokensPerSecond }) =>
      Object.entries(tokensPerSecond).flatMap(([way, rates]) =>
        Object.entries(rates).map(([name, all]) => {
          const [side, kind] = sides[name] ?? [name, name];
          const over = `over ${entries.toLocaleString("en")} entries`;
          return {
            group: `${ways[way] ?? way}, ${over}`,
            side,
            kind,
            ...rounds(all),
          };
        })
      )
    );
    return [{
      title: "Decoding",
      says: `${
        all[0]!.model
      }. llama.cpp decodes one token a call in both. ${READ}`,
      files: [...results.keys()],
      chart: rangeBars(bars, "tokens/s", ".1f"),
    }];
  },
};
