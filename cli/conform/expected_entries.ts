import { headEntries, type KvCache } from "../../mod.ts";

/** How much an evictor keeps, as its options say it. */
export interface KeepOptions {
  readonly keep: { readonly share: number } | { readonly entries: number };
  /** Over a merged cache, in place of `keep`: entries of all chunks together. */
  readonly total?: number | undefined;
  readonly protect?: {
    readonly sinks: number;
    readonly recent: number;
    readonly spans?: readonly Span[];
  };
  /** What is dropped is merged into what is kept: `none`, or how. */
  readonly merge?: unknown;
}

/** A stretch of positions, of every chunk. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Options of an evictor, where they are that. */
export function keepOptions(parsed: unknown): KeepOptions | undefined {
  const { keep } = (parsed ?? {}) as Partial<KeepOptions>;
  const known = typeof keep === "object" && keep !== null &&
    ("share" in keep || "entries" in keep);
  return known ? parsed as KeepOptions : undefined;
}

/** Entries a head keeps on average, from the longest head; `entries` count for every chunk of a merged cache. */
export function budgetOf(
  { keep, total }: KeepOptions,
  { layers }: KvCache,
  chunks: number,
): number {
  if (total !== undefined) return total;
  const longest = Math.max(...layers.map((layer) => layer.entries));
  return "share" in keep
    ? Math.ceil(keep.share * longest)
    : keep.entries * chunks;
}

/** What of a head is protected. */
interface Protected {
  readonly below: number;
  readonly recent: number;
  readonly spans: readonly Span[];
}

/** Protected entries of one head: positions below `below` or in a span, and its last `recent`. */
export function protectedEntries(
  { layers }: KvCache,
  [l, head]: readonly [number, number],
  { below, recent, spans }: Protected,
): number {
  const layer = layers[l]!;
  const real = headEntries(layer, head);
  let count = 0;
  for (let i = 0; i < real; i++) {
    const position = layer.positions[head * layer.entries + i]!;
    const inSpan = spans.some(({ from, to }) =>
      position >= from && position < to
    );
    if (position < below || i >= real - recent || inSpan) count++;
  }
  return count;
}
