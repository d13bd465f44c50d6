import type { AttentionAnalysis } from "../../../eval/analysis/analysis.ts";
import type { HeadSummary } from "../../../eval/analysis/summarise_heads.ts";

/** One head's attention by relative position, over single chunks and over the merged cache. */
export interface ExampleHead {
  readonly why: string;
  readonly layer: number;
  readonly head: number;
  /** Mass over its even share in fifty equal parts, the mean over chunks. */
  readonly local: readonly number[];
  readonly merged: readonly number[];
}

/** The heads that show each side most, chosen over single chunks. */
export function exampleHeads(
  { local, merged }: AttentionAnalysis,
): ExampleHead[] {
  const most: readonly (readonly [string, (head: HeadSummary) => number])[] = [
    ["most mass at the recent end", ({ recent }) => recent],
    ["most mass at the sink", ({ sink }) => sink],
    ["most even", ({ evenness }) => evenness],
    [
      "most often a mountain, then the highest entry of what is no U",
      ({ shapes, top }) => shapes.mountain + (shapes.u > 0 ? 0 : top),
    ],
  ];
  return most.map(([why, read]) => {
    const one = local.heads.reduce((a, b) => read(b) > read(a) ? b : a);
    const { layer, head } = one;
    const same = merged.heads.find((other) =>
      other.layer === layer && other.head === head
    )!;
    return {
      why,
      layer,
      head,
      local: one.profile.map(short),
      merged: same.profile.map(short),
    };
  });
}

const short = (n: number) => +n.toPrecision(4);
