import { createHash } from "node:crypto";

/** Python's `random.seed(seed); random.choice(["A", "B", "C", "D"])`. */
export function seededLetter(seed: string): string {
  const bytes = new TextEncoder().encode(seed);
  const digest = createHash("sha512").update(bytes).digest();
  const twister = twisterOf(wordsOf(Uint8Array.from([...bytes, ...digest])));
  // Four options need numbers below 4, of three bits each; 4 to 7 are drawn again.
  for (let i = 0;; i++) {
    const letter = "ABCD"[next(twister, i) >>> 29];
    if (letter !== undefined) return letter;
  }
}

const size = 624;

/** A big-endian number as 32-bit words, lowest first. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  for (const [i, byte] of bytes.toReversed().entries()) {
    words[i >> 2]! |= byte << (i & 3) * 8;
  }
  let length = words.length;
  while (length > 1 && words[length - 1] === 0) length--;
  return words.subarray(0, length);
}

/** MT19937's `init_by_array` (Matsumoto and Nishimura, 2002), then its first generation. */
function twisterOf(key: Uint32Array): Uint32Array {
  const state = new Uint32Array(size);
  const mix = (i: number, by: number) => {
    const last = state[(i + size - 1) % size]!;
    return Math.imul(last ^ last >>> 30, by);
  };
  state[0] = 19650218;
  for (let i = 1; i < size; i++) state[i] = mix(i, 1812433253) + i;
  let i = 1;
  const step = () => {
    if (++i < size) return;
    state[0] = state[size - 1]!;
    i = 1;
  };
  for (let n = 0; n < Math.max(size, key.length); n++) {
    const j = n % key.length;
    state[i] = (state[i]! ^ mix(i, 1664525)) + key[j]! + j;
    step();
  }
  for (let n = 1; n < size; n++) {
    state[i] = (state[i]! ^ mix(i, 1566083941)) - i;
    step();
  }
  state[0] = 0x80000000;
  return state;
}

/** The `i`-th number, tempered; numbers must be drawn in order. */
function next(state: Uint32Array, i: number): number {
  const at = i % size;
  const y = state[at]! & 0x80000000 | state[(at + 1) % size]! & 0x7fffffff;
  state[at] = state[(at + 397) % size]! ^ y >>> 1 ^ (y & 1 ? 0x9908b0df : 0);
  let word = state[at]!;
  word ^= word >>> 11;
  word ^= word << 7 & 0x9d2c5680;
  word ^= word << 15 & 0xefc60000;
  return (word ^ word >>> 18) >>> 0;
}
