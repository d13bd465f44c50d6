/** Attention over its even share at which the distribution is read: 10⁻⁴ to 10⁴ in eighths of a decade. */
export const ecdfGrid: readonly number[] = Array.from(
  { length: 65 },
  (_, i) => 10 ** (-4 + i / 8),
);

/** Share of the entries whose attention, in units of the even share 1/entries, is at most each value of the grid. */
export function attentionEcdf(
  p: Float64Array, // [entries]
): number[] { // [grid]
  const sorted = p.slice().sort();
  let below = 0;
  return ecdfGrid.map((value) => {
    const most = value / p.length * (1 + 1e-9);
    while (below < sorted.length && sorted[below]! <= most) below++;
    return sorted.length === 0 ? 1 : below / sorted.length;
  });
}
