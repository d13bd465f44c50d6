/**
 * Rules that calibrate attention, and the seam to write one.
 *
 * @module
 */
export { CalibrateOptions } from "./by_rules.ts";
export * from "./calibrate.ts";
export type { CalibrationSeam, LayerStatistics } from "./calibrate_cache.ts";
export { CalibrationRule, Zone } from "./calibration_rule.ts";
export * from "./calibrator.ts";
