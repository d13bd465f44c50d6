import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { headEntries } from "../cache/new_cache.ts";
import type { EvictorOptions } from "./evictor_options.ts";

/** The option `spans`. */
export type Spans = EvictorOptions["spans"];

/**
 * Gives every entry the score of its span, so that whole spans stay (ChunkKV, arXiv 2502.00299: spans of a fixed
 * number of tokens, mean score, heads together with `share: layer`). A span is a stretch of neighbouring entries of
 * one chunk: `tokens` positions, counted from the chunk's first, or a sentence. The number of entries that are kept
 * stays exact: the last span that fits only in part is cut at its end, where ChunkKV leaves it out.
 *
 * Breaks where spans are long beside the budget, or facts short beside spans: most of what is kept is padding.
 */
export function scoreSpans(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  cache: KvCache,
  spans: Spans,
  sentenceOf?: Int32Array, // [length]
): void {
  if (spans === "none") return;
  const spanOf = "tokens" in spans
    ? (position: number) => Math.floor(position / spans.tokens)
    : (position: number) => sentenceOf![position]!;
  for (const [l, layer] of cache.layers.entries()) {
    for (let head = 0; head < cache.kvHeads; head++) {
      const first = head * layer.entries;
      const end = first + headEntries(layer, head);
      let from = first;
      while (from < end) {
        const chunk = layer.chunks?.[from];
        const span = spanOf(layer.positions[from]!);
        let to = from + 1;
        while (
          to < end && layer.chunks?.[to] === chunk &&
          spanOf(layer.positions[to]!) === span
        ) to++;
        reduceSpan(scores[l]!.subarray(from, to), spans.reduce);
        from = to;
      }
    }
  }
}

function reduceSpan(
  scores: Float32Array, // [entries of the span]
  reduce: "mean" | "max" | "sum",
): void {
  let total = reduce === "max" ? -Infinity : 0;
  for (const score of scores) {
    total = reduce === "max" ? Math.max(total, score) : total + score;
  }
  scores.fill(reduce === "mean" ? total / scores.length : total);
}
