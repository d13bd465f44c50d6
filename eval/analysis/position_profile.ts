/**
 * Attention by relative position: in each of `bins` equal parts of the entries the mass over its even share 1/bins,
 * so that flat attention is 1 everywhere. An entry on a border counts for both parts by its overlap.
 */
export function positionProfile(
  p: Float64Array, // [entries]
  bins: number,
): number[] { // [bins]
  const profile = new Array<number>(bins).fill(0);
  const n = p.length;
  for (const [i, mass] of p.entries()) {
    const from = i * bins / n;
    const to = (i + 1) * bins / n;
    for (let bin = Math.floor(from); bin < Math.min(to, bins); bin++) {
      const overlap = Math.min(to, bin + 1) - Math.max(from, bin);
      profile[bin]! += mass * overlap / (to - from) * bins;
    }
  }
  return profile;
}
