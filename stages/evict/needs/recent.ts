import type { Need } from "./need.ts";

/**
 * Attention of the chunk's own last rows, summed. The rows are computed again as they were over the whole chunk;
 * after an earlier eviction their softmax runs over the entries that are left, and rows whose own entry is gone
 * still vote.
 */
export const recent: Need = {
  facets: [],
  ports: ["model"],
  merged: false,
  give: async ({ cache, ids }, { model, amounts, signal }) => {
    const from = Math.max(ids!.length - amounts.recent, 0);
    const rows = await model.rowQueries(ids!, from, signal, cache.ropeFactors);
    const weights = new Float32Array(rows.rows).fill(1); // [rows]
    const mass = await model.ownAttention(cache, rows, weights, signal);
    return mass.map((recent) => ({ recent })); // [heads, entries]
  },
};
