import type { Need, NeedSubject, NeedWork } from "./need.ts";

/**
 * Attention of tokens that the model decodes greedily behind cache and question, summed over their rows: what the
 * answer will look at, as far as the model can guess it (LAQ, arXiv 2505.20334; SpecPrefill, arXiv 2502.02789).
 * Opens decoding once a chunk. After an earlier eviction it decodes over the entries that are left.
 */
export const lookahead: Need = {
  facets: ["question"],
  ports: ["model", "prompt"],
  merged: true,
  give: async (subject, work) => {
    const { cache, position } = subject;
    const { model, amounts, signal } = work;
    const { tail } = work.prompt!;
    const ahead = await decodeAhead(subject, work);
    const ids = Int32Array.from([...tail, ...ahead]); // [rows]
    const [stats] = await model.requery([{ cache, position }], ids, signal);
    const weights = new Float32Array(ids.length); // [rows]
    weights.fill(1, amounts.withQuestion ? 0 : tail.length);
    const mass = await model.attention(cache, stats!, weights, signal);
    return mass.map((lookahead) => ({ lookahead })); // [heads, entries]
  },
};

/** Ids of the likeliest next tokens, at least one; a stop token is the last. */
async function decodeAhead(
  { cache, position }: NeedSubject,
  { model, prompt, amounts, signal }: NeedWork,
): Promise<number[]> {
  const { tail } = prompt!;
  const { window, stopIds } = model.config;
  const room = Math.max(window - position - tail.length, 1);
  const ahead: number[] = [];
  await using state = await model.decode(cache, position);
  let ids = tail; // [rows]
  while (ahead.length < Math.min(amounts.tokens, room)) {
    const next = likeliest(await state.step(ids, signal));
    ahead.push(next);
    if (stopIds.includes(next)) break;
    ids = Int32Array.of(next);
  }
  return ahead;
}

/** Index of the largest logit; of equal ones the smaller. */
function likeliest(
  logits: Float32Array, // [vocab]
): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    if (logits[i]! > logits[best]!) best = i;
  }
  return best;
}
