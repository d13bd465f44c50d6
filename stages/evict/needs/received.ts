import type { Need } from "./need.ts";

/**
 * Attention that every row of the chunk pays, summed over rows: an entry receives it from its own row and all behind
 * it. Holds the queries of all rows and layers while it is computed. After an earlier eviction all rows still vote,
 * over the entries that are left.
 */
export const received: Need = {
  facets: [],
  ports: ["model"],
  merged: false,
  give: async ({ cache, ids }, { model, signal }) => {
    const rows = await model.rowQueries(ids!, 0, signal, cache.ropeFactors);
    const weights = new Float32Array(rows.rows).fill(1); // [rows]
    const mass = await model.ownAttention(cache, rows, weights, signal);
    return mass.map((received) => ({ received })); // [heads, entries]
  },
};
