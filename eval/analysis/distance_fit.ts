/** A straight line through log A by distance. */
export interface DistanceFit {
  /** How fast log A falls a token: α/√d of appendix A.1, negative where it rises. */
  readonly rate: number;
  /** R², the share of the variance of log A that the line explains. */
  readonly goodness: number;
}

/**
 * Least squares of ln p against the distance to the entries' end, over all entries that get anything; nothing where
 * fewer than three do. Appendix A.1 assumes A ∝ exp(−(α/√d) · distance).
 */
export function distanceFit(
  p: Float64Array, // [entries]
): DistanceFit | null {
  let n = 0;
  let [sumX, sumY, sumXX, sumXY, sumYY] = [0, 0, 0, 0, 0];
  for (const [i, mass] of p.entries()) {
    if (!(mass > 0)) continue;
    const x = p.length - i;
    const y = Math.log(mass);
    n++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
    sumYY += y * y;
  }
  if (n < 3) return null;
  const xx = sumXX - sumX * sumX / n;
  const xy = sumXY - sumX * sumY / n;
  const yy = sumYY - sumY * sumY / n;
  const flat = yy <= 1e-9 * Math.max(1, sumYY); // nothing to explain
  return { rate: -xy / xx, goodness: flat ? 0 : xy * xy / (xx * yy) };
}
