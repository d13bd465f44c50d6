import { z } from "zod";
import type { CalibrationSeam, LayerStatistics } from "./calibrate_cache.ts";
import { CalibrationRule, inZone, layerRange } from "./calibration_rule.ts";
import { reduceGroups } from "../evict/reduce_groups.ts";

/** Options of `calibrate` and `calibrate.merged`. */
export const CalibrateOptions = z.strictObject({
  rules: z.array(CalibrationRule).default([]).describe(
    "several may be active at once: an entry goes when any of them takes it",
  ),
});

/** Parsed {@linkcode CalibrateOptions}. */
export type CalibrateOptions = z.output<typeof CalibrateOptions>;

/** The paper's calibration (eq. 8, App. C): entries of a zone with more attention than lambda are dropped. */
export const calibrateByRules: CalibrationSeam<CalibrateOptions> = {
  rows: ({ rules }) => rules.map((rule) => rule.rows),
  keep: (statistics, { rules }) => {
    const { kvHeads, entries } = statistics;
    const mask = new Uint8Array(kvHeads * entries).fill(1); // [kvHeads, entries]
    for (const rule of rules) apply(rule, statistics, mask);
    return mask;
  },
};

function apply(
  rule: CalibrationRule,
  statistics: LayerStatistics,
  mask: Uint8Array, // [kvHeads, entries]
): void {
  const { layer, layers, kvHeads, entries, indices, lengths } = statistics;
  const [first, last] = layerRange(rule, layers);
  if (layer < first || layer > last) return;
  const attention = statistics.attention.get(rule.rows)!; // [heads, entries]
  const mean = new Float32Array(kvHeads * entries); // [kvHeads, entries]
  reduceGroups({ ...statistics, attention }, mean, rule.reduce);
  for (let at = 0; at < mean.length; at++) {
    const length = lengths[Math.floor(at / entries)]!;
    if (
      mean[at]! > rule.lambda &&
      inZone(rule.zone, indices[at]!, length, rule.width)
    ) mask[at] = 0;
  }
}
