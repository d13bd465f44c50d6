import { attentionSpread } from "./attention_spread.ts";
import { zoneEntries, zoneMasses } from "./attention_zones.ts";
import type { ShapeLimits } from "./shape_limits.ts";

/** The shapes of the paper's figure 3, and what is none of them. */
export const shapes = ["u", "mountain", "uniform", "mixed"] as const;

/** How a head's attention lies over its entries. */
export type Shape = typeof shapes[number];

/** A shape, and for a U its sides. */
export interface AttentionShape {
  readonly shape: Shape;
  /** Zones of a U that hold several times their even share; none where it is only wide. */
  readonly sides: readonly ("sink" | "recent")[];
}

/**
 * The shape of one head's attention that sums to 1. Uniform: the entropy is at least `uniformEntropy` · log(entries)
 * and no entry is an outlier. U: sink and recent zone hold `uMass`. Mountain: the peaks of the middle hold
 * `mountainMass`, and more than those of the outer zones. Otherwise mixed. The peaks of a part are its outliers or its
 * `peakEntries` largest entries, whichever hold more. The paper (§4) names no limits; the detector is ours.
 */
export function attentionShape(
  p: Float64Array, // [entries]
  limits: ShapeLimits,
): AttentionShape {
  const n = p.length;
  const { evenness, top } = attentionSpread(p);
  const outlier = Math.max(limits.outlier, 10 / n);
  if (evenness >= limits.uniformEntropy && top <= outlier) {
    return { shape: "uniform", sides: [] };
  }
  const zone = zoneEntries(n, limits);
  const { sink, recent } = zoneMasses(p, zone);
  if (sink + recent >= limits.uMass) {
    const even = zone / n;
    const sides = ([["sink", sink], ["recent", recent]] as const)
      .filter(([, mass]) => mass >= limits.excess * even)
      .map(([side]) => side);
    return { shape: "u", sides };
  }
  const outer = new Float64Array(2 * zone); // [2 · zone]
  outer.set(p.subarray(0, zone));
  outer.set(p.subarray(n - zone), zone);
  const peaks = (part: Float64Array) =>
    peakMass(part, outlier, limits.peakEntries);
  const middle = peaks(p.subarray(zone, n - zone));
  const mountain = middle >= limits.mountainMass && middle > peaks(outer);
  return { shape: mountain ? "mountain" : "mixed", sides: [] };
}

/** Mass of a part's outliers or of its largest entries, whichever hold more. */
function peakMass(
  part: Float64Array,
  outlier: number,
  entries: number,
): number {
  const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
  const outliers = sum(part.filter((mass) => mass > outlier));
  const largest = sum(part.slice().sort().reverse().subarray(0, entries));
  return Math.max(outliers, largest);
}
