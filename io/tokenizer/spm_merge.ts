import TinyQueue from "tinyqueue";

/** Two neighbours that would make a token. */
interface Merge {
  readonly left: number;
  readonly right: number;
  readonly score: number;
  readonly text: string;
}

/**
 * Merges a word's letters by SentencePiece's rule: always the neighbours whose
 * union has the highest score, the leftmost first where scores are equal.
 *
 * @param ids Tokens that merges may make.
 * @param scores By id.
 * @returns Tokens, and single letters that are none.
 */
export function mergeByScore(
  word: string,
  ids: ReadonlyMap<string, number>,
  scores: ArrayLike<number>,
): string[] {
  const parts: string[] = Array.from(word); // "" once merged into the left
  if (parts.length === 1 || ids.has(word) && parts.length === 2) return [word];
  const next = parts.map((_, i) => i + 1);
  const before = parts.map((_, i) => i - 1);
  const queue = new TinyQueue<Merge>(
    [],
    (a, b) => b.score - a.score || a.left - b.left,
  );
  const offer = (left: number, right: number) => {
    if (left < 0 || right >= parts.length) return;
    const text = parts[left]! + parts[right]!;
    const id = ids.get(text);
    if (id === undefined) return;
    queue.push({ left, right, score: scores[id] ?? 0, text });
  };
  for (let i = 0; i + 1 < parts.length; i++) offer(i, i + 1);
  for (let merge = queue.pop(); merge; merge = queue.pop()) {
    const { left, right, text } = merge;
    // Outdated once either side has been merged elsewhere.
    if (!parts[left] || !parts[right]) continue;
    if (text.length !== parts[left].length + parts[right].length) continue;
    parts[left] = text;
    parts[right] = "";
    const after = next[right]!;
    next[left] = after;
    if (after < parts.length) before[after] = left;
    offer(before[left]!, left);
    offer(left, after);
  }
  return parts.filter((part) => part !== "");
}
