/**
 * The second half of an "Unknown …" message: the known word that was probably meant, or else all of them.
 *
 * `; did you mean 'prefill'?` or `; known: decode, prefill`.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `; did you mean '${near}'?`;
  return known.length > 0 ? `; known: ${known.join(", ")}` : "; there are none";
}

/** The known word that is close enough to be a slip of `word`. */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  const ranked = known
    .map((name) => ({ name, slips: slips(word, name) }))
    .sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  if (!best) return undefined;
  const longest = Math.max(word.length, best.name.length);
  const allowed = Math.min(Math.max(1, Math.floor(longest / 3)), longest - 1);
  return best.slips <= allowed ? best.name : undefined;
}

/** Edits from one word to the other; case and the kind before the dot (`evict.` in `evict.attention`) count one. */
function slips(word: string, name: string): number {
  const [a, b] = [word.toLowerCase(), name.toLowerCase()];
  if (a === b || b.endsWith(`.${a}`)) return 1;
  return distance(a, b);
}

/** Fewest letters inserted, left out, replaced, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const above = rows[i - 1]!;
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, replaced);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
