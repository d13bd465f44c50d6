import type { ShapeLimits } from "./shape_limits.ts";

/** How much of the attention lies at the start of a text, at its end, and between. */
export interface ZoneMasses {
  readonly sink: number;
  readonly middle: number;
  readonly recent: number;
}

/** Entries of each outer zone: at most `zoneWidth`, and at most their share; at least one of three entries or more. */
export function zoneEntries(
  entries: number,
  { zoneWidth, zoneShare }: Pick<ShapeLimits, "zoneWidth" | "zoneShare">,
): number {
  const most = Math.floor((entries - 1) / 2); // the middle keeps one
  const wanted = Math.max(1, Math.floor(entries * zoneShare));
  return Math.max(0, Math.min(zoneWidth, wanted, most));
}

/** Mass of the first `zone` entries, of the last `zone`, and of the rest. */
export function zoneMasses(
  p: Float64Array, // [entries]
  zone: number,
): ZoneMasses {
  const sum = (part: Float64Array) => part.reduce((a, b) => a + b, 0);
  return {
    sink: sum(p.subarray(0, zone)),
    middle: sum(p.subarray(zone, p.length - zone)),
    recent: sum(p.subarray(p.length - zone)),
  };
}
