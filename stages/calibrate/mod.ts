/**
 * Rules that calibrate attention, and the seam to write one.
 *
 * @module
 */
export * from "./attention_class.ts";
export { CalibrateOptions } from "./by_rules.ts";
export * from "./calibrate.ts";
export type { CalibrationSeam } from "./calibrate_cache.ts";
export { CalibrationRule, Zone } from "./calibration_rule.ts";
export * from "./calibrator.ts";
export { isCalibrator } from "./calibrator_mark.ts";
export * from "./class.ts";
export type { Correction } from "./correction.ts";
export type { LayerStatistics } from "./layer_statistics.ts";
export * from "./scale.ts";
export * from "./score.ts";
export * from "./temperature_scale.ts";
