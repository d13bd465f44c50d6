import { lastRowsAttention } from "../last_rows_attention.ts";
import type { Need } from "./need.ts";

/**
 * Attention of the question's last rows, summed (paper eq. 5). After an earlier eviction the question's queries are
 * those it had over all entries, the softmax runs over the entries that are left.
 */
export const attention: Need = {
  facets: ["question"],
  ports: ["model"],
  merged: true,
  give: async ({ cache, question }, { model, amounts, signal }) => {
    const last = { rows: amounts.rows };
    const mass = await lastRowsAttention(
      model,
      cache,
      question!,
      last,
      signal,
    );
    return mass.map((attention) => ({ attention })); // [heads, entries]
  },
};
