import type { KvLayer, Tempering } from "../../kernels/cache/kv_cache.ts";

/** What a cache makes of the scores q · k / √headDim that one row gives the real entries of a KV head: the oracle. */
export function seenScores(
  raw: readonly number[], // [real]
  { entries, bias, positions }: KvLayer,
  head: number,
  tempering?: Tempering,
): number[] {
  const { temperature = 1, scale = 1, from = 0 } = tempering ?? {};
  const at = (e: number) => head * entries + e;
  const inside = (e: number) => positions[at(e)]! >= from;
  const biased = raw.map((score, e) =>
    (inside(e) ? score / temperature : score) + (bias?.[at(e)] ?? 0)
  );
  const tempered = biased.filter((_, e) => inside(e));
  if (tempered.length === 0) return biased;
  const most = Math.max(...tempered);
  if (most === -Infinity) return biased; // the row sees none of them
  const total = tempered.reduce((sum, s) => sum + Math.exp(s - most), 0);
  const shift = (scale * temperature - 1) * (most + Math.log(total));
  return biased.map((score, e) => inside(e) ? score + shift : score);
}
