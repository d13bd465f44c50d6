/** How far attention spreads. */
export interface AttentionSpread {
  /** In nats. */
  readonly entropy: number;
  /** Entropy over log(entries): 1 is flat; of fewer than two entries 1. */
  readonly evenness: number;
  /** Mass of the entry with most. */
  readonly top: number;
  /** The fewest entries that hold 95 % of the mass. */
  readonly cover95: number;
}

/** Spread of attention that sums to 1. */
export function attentionSpread(
  p: Float64Array, // [entries]
): AttentionSpread {
  let entropy = 0;
  for (const mass of p) if (mass > 0) entropy -= mass * Math.log(mass);
  return {
    entropy,
    evenness: p.length < 2 ? 1 : entropy / Math.log(p.length),
    top: p.reduce((a, b) => Math.max(a, b), 0),
    cover95: coveringEntries(p, 0.95),
  };
}

/** The fewest entries that hold `share` of the mass, 1e-9 less for what sums lose. */
export function coveringEntries(
  p: Float64Array, // [entries]
  share: number,
): number {
  const sorted = p.slice().sort(); // rising
  const wanted = share * p.reduce((a, b) => a + b, 0) - 1e-9;
  let held = 0;
  for (let k = 1; k <= sorted.length; k++) {
    held += sorted[sorted.length - k]!;
    if (held >= wanted) return k;
  }
  return sorted.length;
}
