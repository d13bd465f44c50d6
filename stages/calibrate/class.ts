import { z } from "zod";
import { attentionClass } from "./attention_class.ts";
import { abnormalEntries } from "./by_rules.ts";
import type { CalibrationSeam } from "./calibrate_cache.ts";
import { CalibrationRule } from "./calibration_rule.ts";
import { defineCalibrator, defineMergedCalibrator } from "./calibrator.ts";

/** Options of `calibrate.class` and `calibrate.class-merged`. */
export const CalibrateClassOptions = z.strictObject({
  rules: z.array(CalibrationRule.extend({
    class: z.enum(["u", "mountain", "uniform"]).describe(
      "heads whose question attention has this shape; others are left alone",
    ),
  })).default([]).describe(
    "several may be active at once: an entry goes when any of them takes it",
  ),
  entropy: z.number().min(0).max(1).default(0.9).describe(
    "attention is uniform from this share of log(entries) on, where no entry exceeds lambda and ten times its share",
  ),
});

/** Parsed {@linkcode CalibrateClassOptions}. */
export type CalibrateClassOptions = z.output<typeof CalibrateClassOptions>;

const byClass: CalibrationSeam<CalibrateClassOptions> = {
  rows: ({ rules }) => rules.map((rule) => rule.rows),
  correct: (statistics, { rules, entropy }) => {
    const { kvHeads, entries } = statistics;
    const mask = new Uint8Array(kvHeads * entries).fill(1); // [kvHeads, entries]
    for (const rule of rules) {
      const limits = { entropy, outlier: rule.lambda };
      const taken = abnormalEntries(
        rule,
        statistics,
        (attention) => attentionClass(attention, limits) === rule.class,
      );
      for (const { at } of taken) mask[at] = 0;
    }
    return mask;
  },
};

/**
 * The paper's calibration (eq. 8), of heads of one attention shape only (§4: U, mountain, uniform; see `attentionClass`
 * for how thirds and entropy decide). The shape is that of the last `rows` rows' mean attention over what the head
 * holds, reduced over its query heads.
 *
 * It breaks where BOS draws nearly all attention: every head is a U then. After eviction a head's thirds are thirds of
 * what was kept. A uniform head has no entry above lambda, unless ten even shares are more than lambda.
 */
export const calibrateClass = defineCalibrator({
  name: "calibrate.class",
  summary:
    "Drops abnormal entries of a chunk in heads of one attention shape: U, mountain or uniform",
  options: CalibrateClassOptions,
  ...byClass,
});

/** The same over the merged cache, which repeats a chunk's shape once a chunk: few heads of it are mountains. */
export const calibrateClassMerged = defineMergedCalibrator({
  name: "calibrate.class-merged",
  summary:
    "Drops abnormal entries of the merged cache in heads of one attention shape",
  options: CalibrateClassOptions,
  ...byClass,
});
