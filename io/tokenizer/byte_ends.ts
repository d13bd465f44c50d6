/** How far a mismatch is searched for a common continuation, in bytes. */
const REACH = 64;
/** Equal bytes that count as a continuation. */
const ANCHOR = 4;

/**
 * Where each token ends in the text, in bytes of UTF-8.
 *
 * Exact when the tokens' bytes are the text's bytes, also with one space that
 * the tokenizer put before the text. A tokenizer that normalises its input
 * gives other bytes: then both are walked side by side, and after a difference
 * they meet again at the nearest four equal bytes within 64; a token inside a
 * difference gets an end in proportion. Ends never decrease and the last one
 * is the text's end.
 *
 * @param text UTF-8 of the text.
 * @param tokens The bytes of each token, in order.
 */
export function byteEndsOf(
  text: Uint8Array,
  tokens: readonly Uint8Array[],
): Uint32Array {
  const total = tokens.reduce((sum, bytes) => sum + bytes.length, 0);
  const joined = new Uint8Array(total);
  const ends = new Uint32Array(tokens.length);
  let at = 0;
  for (const [i, bytes] of tokens.entries()) {
    joined.set(bytes, at);
    ends[i] = at += bytes.length;
  }
  if (sameFrom(joined, 0, text)) return ends;
  if (joined[0] === 0x20 && sameFrom(joined, 1, text)) {
    return ends.map((end) => Math.max(0, end - 1));
  }
  const map = align(joined, text); // [total + 1]
  return ends.map((end, i) => i === ends.length - 1 ? text.length : map[end]!);
}

function sameFrom(a: Uint8Array, skip: number, b: Uint8Array): boolean {
  if (a.length - skip !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (a[i + skip] !== b[i]) return false;
  return true;
}

/** For every position in `a`, the matching one in `b`. */
function align(a: Uint8Array, b: Uint8Array): Uint32Array {
  const map = new Uint32Array(a.length + 1);
  let i = 0;
  let j = 0;
  while (i < a.length) {
    map[i] = j;
    if (j < b.length && a[i] === b[j]) {
      i++;
      j++;
      continue;
    }
    const [di, dj] = meeting(a, i, b, j);
    for (let k = 0; k < di; k++) map[i + k] = j + Math.floor(k * dj / di);
    i += di;
    j += dj;
  }
  map[a.length] = b.length;
  return map;
}

/** The nearest pair of steps after which both go on alike, else both ends. */
function meeting(
  a: Uint8Array,
  i: number,
  b: Uint8Array,
  j: number,
): [number, number] {
  for (let sum = 1; sum <= 2 * REACH; sum++) {
    for (let di = Math.min(sum, REACH); di >= Math.max(0, sum - REACH); di--) {
      if (continues(a, i + di, b, j + sum - di)) return [di, sum - di];
    }
  }
  return [a.length - i, b.length - j];
}

function continues(
  a: Uint8Array,
  i: number,
  b: Uint8Array,
  j: number,
): boolean {
  if (i > a.length || j > b.length) return false;
  for (let k = 0; k < ANCHOR; k++) {
    if (a[i + k] !== b[j + k]) return false;
    if (i + k >= a.length) return true; // both end here
  }
  return true;
}
