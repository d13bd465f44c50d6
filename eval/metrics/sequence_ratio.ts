/** Longer texts have their frequent characters left out when blocks are looked for. */
const autojunkFrom = 200;

/**
 * Ratio of Python's `difflib.SequenceMatcher(None, a, b)`: 2 × characters in matching blocks / characters in all. The
 * longest block is taken first, then what is left and right of it; in a `b` of 200 characters or more, characters that
 * make up more than 1 % of it do not start a block. So it depends on the order of `a` and `b`.
 */
export function sequenceRatio(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const total = left.length + right.length;
  if (total === 0) return 1;
  const places = placesOf(right);
  let matches = 0;
  const open: Range[] = [[0, left.length, 0, right.length]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [fromA, toA, fromB, toB] = range;
    const [i, j, size] = longestBlock(left, right, places, range);
    if (size === 0) continue;
    matches += size;
    open.push([fromA, i, fromB, j], [i + size, toA, j + size, toB]);
  }
  return 2 * matches / total;
}

type Range = readonly [fromA: number, toA: number, fromB: number, toB: number];

function placesOf(text: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [j, char] of text.entries()) {
    const known = places.get(char);
    if (known) known.push(j);
    else places.set(char, [j]);
  }
  if (text.length < autojunkFrom) return places;
  const most = Math.floor(text.length / 100) + 1;
  for (const [char, at] of places) {
    if (at.length > most) places.delete(char);
  }
  return places;
}

/** The longest block, the first in `a` and then in `b` of equally long ones, grown by frequent characters at both ends. */
function longestBlock(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [fromA, toA, fromB, toB]: Range,
): [i: number, j: number, size: number] {
  let [bestA, bestB, size] = [fromA, fromB, 0];
  let lengths = new Map<number, number>();
  for (let i = fromA; i < toA; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i]!) ?? []) {
      if (j < fromB) continue;
      if (j >= toB) break;
      const length = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, length);
      if (length > size) {
        [bestA, bestB, size] = [i - length + 1, j - length + 1, length];
      }
    }
    lengths = next;
  }
  while (bestA > fromA && bestB > fromB && a[bestA - 1] === b[bestB - 1]) {
    [bestA, bestB, size] = [bestA - 1, bestB - 1, size + 1];
  }
  while (
    bestA + size < toA && bestB + size < toB &&
    a[bestA + size] === b[bestB + size]
  ) size++;
  return [bestA, bestB, size];
}
