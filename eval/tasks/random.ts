/** Uniform numbers in [0, 1), the same on every machine. */
export type Random = () => number;

/** Numbers by seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers by a text, such as a case's name (its FNV-1a hash is the seed). */
export function seededBy(text: string): Random {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return seeded(hash);
}

/** A whole number in [0, below). */
export function below(end: number, random: Random): number {
  return Math.floor(random() * end);
}

/** One member of `from`. */
export function oneOf<T>(from: readonly T[], random: Random): T {
  return from[below(from.length, random)]!;
}

/** The same members in random order (Fisher-Yates). */
export function shuffled<T>(from: Iterable<T>, random: Random): T[] {
  const all = [...from];
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1, random);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** `count` different members of `from`, in random order; too few members are a `RangeError`. */
export function pick<T>(
  from: readonly T[],
  count: number,
  random: Random,
): T[] {
  if (count > from.length) {
    throw new RangeError(`${count} of ${from.length} cannot be picked`);
  }
  return shuffled(from, random).slice(0, count);
}

/** `count` results of `draw` that all differ. */
export function distinct(
  count: number,
  draw: () => string,
): string[] {
  const found = new Set<string>();
  while (found.size < count) found.add(draw());
  return [...found];
}
