/** One question about facts that were planted in a haystack. */
export interface NeedleCase {
  readonly task: string;
  readonly seed: number;
  readonly document: string;
  /** Continued by the model: the plain completion form. */
  readonly question: string;
  readonly answer: string;
}

/** What a task plants and asks. */
export interface Planted {
  /** Sentences, each planted at a place of its own. */
  readonly sentences: readonly string[];
  readonly question: string;
  readonly answer: string;
}

/** Uniform numbers in [0, 1) by seed (mulberry32). */
export type Random = () => number;

/** A seeded source of {@linkcode Random} numbers. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different members of `from`, in random order. */
export function pick<T>(from: readonly T[], count: number, random: Random) {
  const rest = [...from];
  return Array.from(
    { length: count },
    () => rest.splice(Math.floor(random() * rest.length), 1)[0]!,
  );
}

/** A number of `digits` digits that does not start with 0. */
export function number(digits: number, random: Random): string {
  const low = 10 ** (digits - 1);
  return String(low + Math.floor(random() * 9 * low));
}

/** `digits` hexadecimal digits. */
export function hex(digits: number, random: Random): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  return Array.from({ length: digits }, digit).join("");
}
