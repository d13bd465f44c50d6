import { calibrateByRules, CalibrateOptions } from "./by_rules.ts";
import { defineCalibrator, defineMergedCalibrator } from "./calibrator.ts";

/** Drops entries with abnormally high attention from every chunk; zones count inside the chunk. */
export const calibrate = defineCalibrator({
  name: "calibrate",
  summary: "Drops entries of a chunk that draw abnormally high attention",
  options: CalibrateOptions,
  ...calibrateByRules,
});

/** The same over the merged cache, where the first and last entries of the whole are its sink and recent zones. */
export const calibrateMerged = defineMergedCalibrator({
  name: "calibrate.merged",
  summary:
    "Drops entries of the merged cache that draw abnormally high attention",
  options: CalibrateOptions,
  ...calibrateByRules,
});
