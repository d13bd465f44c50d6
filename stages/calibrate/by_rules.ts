import { z } from "zod";
import type { CalibrationSeam } from "./calibrate_cache.ts";
import { CalibrationRule, inZone, layerRange } from "./calibration_rule.ts";
import type { LayerStatistics } from "./layer_statistics.ts";
import { headEntries } from "../cache/new_cache.ts";
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
  correct: (statistics, { rules }) => {
    const { kvHeads, entries } = statistics;
    const mask = new Uint8Array(kvHeads * entries).fill(1); // [kvHeads, entries]
    for (const rule of rules) {
      for (const { at } of abnormalEntries(rule, statistics)) mask[at] = 0;
    }
    return mask;
  },
};

/** An entry that a rule takes. */
export interface AbnormalEntry {
  /** Index into [kvHeads, entries]. */
  readonly at: number;
  /** Its attention: mean over the rule's rows, reduced over the query heads of its KV group. */
  readonly attention: number;
}

/**
 * Entries of the rule's layers and zone with more attention than lambda, of the heads that `takes` says.
 * `takes` sees the attention of a head's real entries.
 */
export function* abnormalEntries(
  rule: CalibrationRule,
  statistics: LayerStatistics,
  takes: (attention: Float32Array) => boolean = () => true,
): Generator<AbnormalEntry> {
  const { layer, layers, kvHeads, entries, indices, lengths } = statistics;
  const [first, last] = layerRange(rule, layers);
  if (layer < first || layer > last) return;
  const attention = statistics.attention.get(rule.rows)!; // [heads, entries]
  const mean = new Float32Array(kvHeads * entries); // [kvHeads, entries]
  reduceGroups({ ...statistics, attention }, mean, rule.reduce);
  for (let head = 0; head < kvHeads; head++) {
    const from = head * entries;
    const to = from + headEntries(statistics, head);
    if (!takes(mean.subarray(from, to))) continue;
    for (let at = from; at < to; at++) {
      if (
        mean[at]! > rule.lambda &&
        inZone(rule.zone, indices[at]!, lengths[head]!, rule.width)
      ) yield { at, attention: mean[at]! };
    }
  }
}
