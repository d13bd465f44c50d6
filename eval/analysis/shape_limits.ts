/** Where the shapes of attention begin, and how wide its zones are; {@linkcode shapeLimits} are the defaults. */
export interface ShapeLimits {
  /** Entries of the sink zone and of the recent zone. */
  readonly zoneWidth: number;
  /** A zone is at most this share of the entries. */
  readonly zoneShare: number;
  /** Entropy over log(entries) from which attention is uniform, if it has no outlier. */
  readonly uniformEntropy: number;
  /** An entry with more than this, and more than ten times its even share, is an outlier. */
  readonly outlier: number;
  /** Mass of sink and recent zone together from which the shape is a U. */
  readonly uMass: number;
  /** Mass over its even share from which a zone is a side of the U. */
  readonly excess: number;
  /** Mass of the middle's peaks from which the shape is a mountain. */
  readonly mountainMass: number;
  /** Entries that count as peaks where there are not as many outliers. */
  readonly peakEntries: number;
  /** A local maximum is a peak from so many times the median on. */
  readonly peakFactor: number;
  /** Width of the max-pool in which a peak is the largest. */
  readonly peakWindow: number;
}

/** The defaults, ours: the paper shows shapes and gives no limits. */
export const shapeLimits: ShapeLimits = {
  zoneWidth: 100,
  zoneShare: 0.1,
  uniformEntropy: 0.9,
  outlier: 0.1,
  uMass: 0.5,
  excess: 3,
  mountainMass: 0.2,
  peakEntries: 5,
  peakFactor: 5,
  peakWindow: 7,
};
