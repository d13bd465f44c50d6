import type { Drawing } from "./figure.ts";
import { type RangeBar, rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Prefill {
  readonly model: string;
  readonly rows: readonly {
    readonly tokens: number;
    readonly tokensPerSecond: Readonly<Record<string, readonly number[]>>;
  }[];
}

const sides: Readonly<Record<string, readonly [side: string, kind: string]>> = {
  exact: ["exact, one worker", "ours, fp32"],
  exactWorkers: ["exact, a worker a thread", "ours, fp32"],
  int8: ["int8, one worker", "ours, 8-bit products"],
  int8Workers: ["int8, a worker a thread", "ours, 8-bit products"],
  llamaCppQ40: ["llama.cpp, Q4_0", "llama.cpp"],
  llamaCppQ41: ["llama.cpp, Q4_1", "llama.cpp"],
  openvino: ["OpenVINO GenAI, Q4_1", "OpenVINO GenAI"],
};

/** Prefill by the length of a chunk, beside the anchors. */
export const prefill: Drawing = {
  of: /^cpu_prefill(_\d+)?$/,
  draw(results) {
    const all = [...results.values()] as Prefill[];
    const rows = all.flatMap((result) => result.rows)
      .sort((a, b) => a.tokens - b.tokens);
    const bars = rows.flatMap(({ tokens, tokensPerSecond }): RangeBar[] =>
      Object.entries(sides).flatMap(([name, [side, kind]]) => {
        const rates = tokensPerSecond[name];
        const group = `${tokens.toLocaleString("en")} tokens a chunk`;
        return rates ? [{ group, side, kind, ...rounds(rates) }] : [];
      })
    );
    return [{
      title: "Prefill by chunk length",
      says: `${all[0]!.model}, the same ids for all sides, in turn. ${READ}`,
      files: [...results.keys()],
      chart: rangeBars(bars, "tokens/s"),
    }];
  },
};
