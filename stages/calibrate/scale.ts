import { abnormalEntries, CalibrateOptions } from "./by_rules.ts";
import type { CalibrationSeam } from "./calibrate_cache.ts";
import { defineCalibrator, defineMergedCalibrator } from "./calibrator.ts";

const byScale: CalibrationSeam<CalibrateOptions> = {
  rows: ({ rules }) => rules.map((rule) => rule.rows),
  correct: (statistics, { rules }) => {
    const { kvHeads, entries, indices } = statistics;
    const factor = new Float32Array(kvHeads * entries).fill(1); // [kvHeads, entries]
    for (const rule of rules) {
      for (const { at, attention } of abnormalEntries(rule, statistics)) {
        const down = rule.lambda / attention;
        if (indices[at] !== 0) factor[at] = Math.min(factor[at]!, down);
      }
    }
    return { factor };
  },
};

/**
 * The paper's calibration with its sting drawn: an entry with attention a > lambda is weighed by lambda / a instead of
 * being dropped (the bias log(lambda / a) on its scores in requery, attention and decoding). Where several rules take
 * an entry the smallest factor counts; index 0 (BOS) stays as it is. No memory is freed. Re-weighting instead of
 * dropping is the baseline of Yu et al. (arXiv 2406.15765) that the authors' first code had; the factor is ours.
 *
 * It breaks where what follows scores by keys alone (no attention, no bias), and it weighs for the rows that were
 * measured: another question behind the same cache meets the same bias. After it attention is above lambda still, as
 * what the others give up is shared out to all.
 */
export const calibrateScale = defineCalibrator({
  name: "calibrate.scale",
  summary:
    "Weighs entries of a chunk that draw abnormally high attention down instead of dropping them",
  options: CalibrateOptions,
  ...byScale,
});

/** The same over the merged cache. */
export const calibrateScaleMerged = defineMergedCalibrator({
  name: "calibrate.scale-merged",
  summary:
    "Weighs entries of the merged cache that draw abnormally high attention down",
  options: CalibrateOptions,
  ...byScale,
});
