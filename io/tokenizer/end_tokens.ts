/**
 * Special tokens that end an answer wherever they exist, whatever the file
 * says about its end-of-text id.
 */
const END_TOKENS = [
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end|>",
  "<end_of_turn>",
  "<|end_of_turn|>",
  "<|endoftext|>",
  "<|end_of_text|>",
  "<|end▁of▁sentence|>",
  "<｜end▁of▁sentence｜>",
];

/** Every id that ends an answer: the file's own first, each once. */
export function stopIdsOf(
  own: readonly (number | null | undefined)[],
  specialId: (text: string) => number | undefined,
): number[] {
  const ids = new Set<number>();
  for (const id of own) if (typeof id === "number") ids.add(id);
  for (const text of END_TOKENS) {
    const id = specialId(text);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}
