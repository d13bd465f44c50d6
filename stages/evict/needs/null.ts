import type { Prompt } from "../../types.ts";
import { lastRowsAttention } from "../last_rows_attention.ts";
import type { Need } from "./need.ts";

/** What stands in place of the question: it asks nothing, and is written as a question is. */
const NOTHING = "N/A";

/**
 * Attention of a question that asks nothing, over the same cache and inside the same template, scaled to as many rows
 * as `attention` sums: what every question looks at. After an earlier eviction the empty question is asked over the
 * entries that are left, while the real one was asked over all.
 */
export const nothing: Need = {
  facets: ["question"],
  ports: ["model", "prompt"],
  merged: true,
  give: async (subject, { model, prompt, amounts, signal }) => {
    const { cache, position } = subject;
    const tail = nullTail(prompt!, model.tokenizer.encode(NOTHING));
    const [stats] = await model.requery([{ cache, position }], tail, signal);
    const { rows } = amounts;
    const last = { rows, mean: true };
    const mass = await lastRowsAttention(model, cache, stats!, last, signal);
    const voting = Math.min(rows, subject.question!.ids.length);
    return mass.map((mean) => ({
      nullAttention: mean.map((share) => share * voting), // [heads, entries]
    }));
  },
};

/** The prompt's tail with other ids in place of the question's own. */
export function nullTail(
  { tail, scored: [from, to] }: Pick<Prompt, "tail" | "scored">,
  ids: Int32Array,
): Int32Array {
  return Int32Array.from([
    ...tail.subarray(0, from),
    ...ids,
    ...tail.subarray(to),
  ]); // [rows]
}
