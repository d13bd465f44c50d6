/** Attention brought to a sum of 1. */
export function normalised(p: Float64Array): Float64Array {
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((mass) => mass / sum);
}

/** The same for every entry. */
export function flat(entries: number): Float64Array {
  return new Float64Array(entries).fill(1 / entries); // [entries]
}

/** Some entries with the mass that is said, the rest shared out evenly. */
export function spikes(
  entries: number,
  at: Readonly<Record<number, number>>,
): Float64Array {
  const held = Object.values(at).reduce((a, b) => a + b, 0);
  const rest = (1 - held) / (entries - Object.keys(at).length);
  return new Float64Array(entries).map((_, i) => at[i] ?? rest); // [entries]
}

/** A normal distribution around an entry. */
export function bump(
  entries: number,
  centre: number,
  width: number,
): Float64Array {
  return normalised(
    new Float64Array(entries).map((_, i) =>
      Math.exp(-(((i - centre) / width) ** 2) / 2)
    ),
  );
}
