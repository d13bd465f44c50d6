import { klDivergence } from "./kl_divergence.ts";
import { type Overlap, overlaps } from "./kept_sets.ts";
import type { Side } from "./diff_side.ts";

/** A part of a comparison, or the reason why there is none. */
export type Compared<T> = T | { readonly notComparable: string };

/** How two answers part. */
export interface FirstDifference {
  /** Index of the first token that differs; nothing where all are the same. */
  readonly token: number | null;
  /** The tokens there; nothing where an answer ended before. */
  readonly a: string | null;
  readonly b: string | null;
}

/** How far apart two next-token distributions are, in nats. */
export interface Divergence {
  /** KL(A‖B). */
  readonly ab: number;
  /** KL(B‖A). */
  readonly ba: number;
}

/** Two graphs on one input. */
export interface Comparison {
  readonly overlap: Compared<{
    readonly layers: readonly (readonly Overlap[])[];
    /** Means over layers and heads. */
    readonly jaccard: number;
    readonly share: number;
  }>;
  readonly firstDifference: FirstDifference;
  /** Right after the question, and behind every further token that both answers begin with. */
  readonly kl: Compared<Divergence & { readonly steps: readonly Divergence[] }>;
}

/** Compares what two graphs did; `sameTokens` says whether their models read texts alike. */
export function compareSides(
  a: Side,
  b: Side,
  sameTokens: boolean,
): Comparison {
  const difference = firstDifference(a.tokens, b.tokens);
  const same = difference.token ?? a.tokens.length;
  return {
    overlap: compareKept(a, b, sameTokens),
    firstDifference: difference,
    kl: compareLogits(a, b, sameTokens, same),
  };
}

function compareKept(
  a: Side,
  b: Side,
  sameTokens: boolean,
): Comparison["overlap"] {
  if (!sameTokens) return no("the models have other tokens");
  const lacks = !a.kept ? "A" : !b.kept ? "B" : undefined;
  if (lacks || !a.kept || !b.kept) {
    return no(`graph ${lacks} has no merged context that says what was kept`);
  }
  if (!cutAlike(a, b)) return no("the graphs cut the document differently");
  const layers = overlaps(a.kept, b.kept);
  if (!layers) return no("the models have other layers and heads");
  const all = layers.flat();
  const mean = (of: (overlap: Overlap) => number) =>
    all.reduce((sum, overlap) => sum + of(overlap), 0) / all.length;
  return {
    layers,
    jaccard: mean(({ jaccard }) => jaccard),
    share: mean(({ share }) => share),
  };
}

/** Whether a chunk's index means the same piece of the document, as far as can be seen. */
function cutAlike({ answer: a }: Side, { answer: b }: Side): boolean {
  if (a.chunks !== b.chunks) return false;
  return a.kept.every((one) => {
    const other = b.kept.find(({ chunk }) => chunk === one.chunk);
    return !other ||
      one.byteStart === other.byteStart && one.byteEnd === other.byteEnd;
  });
}

function compareLogits(
  a: Side,
  b: Side,
  sameTokens: boolean,
  same: number,
): Comparison["kl"] {
  const [firstA, firstB] = [a.logits[0], b.logits[0]];
  if (!firstA || !firstB) {
    return no(`graph ${firstA ? "B" : "A"} decodes nothing with its model`);
  }
  if (!sameTokens || firstA.length !== firstB.length) {
    return no("the models have other tokens");
  }
  const common = Math.min(a.logits.length, b.logits.length, same + 1);
  const steps = a.logits.slice(0, common).map((of, i) => ({
    ab: klDivergence(of, b.logits[i]!),
    ba: klDivergence(b.logits[i]!, of),
  }));
  return { ...steps[0]!, steps };
}

function firstDifference(
  a: readonly string[],
  b: readonly string[],
): FirstDifference {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue;
    return { token: i, a: a[i] ?? null, b: b[i] ?? null };
  }
  return { token: null, a: null, b: null };
}

const no = (reason: string) => ({ notComparable: reason });
