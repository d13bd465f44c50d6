import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import type { RowQueries } from "../../kernels/language_model.ts";
import type { Sight } from "../kernels/host_attention.ts";

/** The contract of `LanguageModel.ownAttention`, in loops: the oracle. */
export function naiveOwnAttention(
  { layers, kvHeads, headDim }: KvCache,
  { from, rows, queries }: RowQueries,
  weights: Float32Array, // [rows]
  sightOf: (layer: number) => Omit<Sight, "position"> = () => ({}),
): Float32Array[] {
  return layers.map(({ entries, keys, positions, counts }, l) => {
    const heads = queries[l]!.length / (rows * headDim);
    const { scale, cap, sliding = Infinity } = sightOf(l);
    const mass = new Float32Array(heads * entries); // [heads, entries]
    for (let head = 0; head < heads; head++) {
      const g = Math.floor(head / (heads / kvHeads));
      const seen = (row: number) =>
        Array.from({ length: counts?.[g] ?? entries }, (_, e) => e)
          .filter((e) => {
            const before = from + row - positions[g * entries + e]!;
            return before >= 0 && before < sliding;
          });
      for (let row = 0; row < rows; row++) {
        const query = (head * rows + row) * headDim;
        const exps = seen(row).map((e) => {
          let dot = 0;
          for (let d = 0; d < headDim; d++) {
            dot += queries[l]![query + d]! *
              keys[(g * entries + e) * headDim + d]!;
          }
          const score = dot * (scale ?? 1 / Math.sqrt(headDim));
          return Math.exp(cap ? cap * Math.tanh(score / cap) : score);
        });
        const total = exps.reduce((a, b) => a + b, 0);
        for (const [i, e] of seen(row).entries()) {
          mass[head * entries + e]! += weights[row]! * exps[i]! / total;
        }
      }
    }
    return mass;
  });
}
