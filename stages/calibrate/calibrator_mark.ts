/** Brands calibrators, also across two copies of this package. */
const mark = Symbol.for("parallelcomp.calibrator");

/**
 * Whether a stage calibrates attention: made by `defineCalibrator` or `defineMergedCalibrator`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { calibrate, isCalibrator, merge } from "parallelcomp";
 *
 * assert.deepEqual([calibrate, merge].map(isCalibrator), [true, false]);
 * ```
 */
export function isCalibrator(stage: object): boolean {
  return mark in stage;
}

/** Marks a stage as a calibrator. */
export function markCalibrator<S extends object>(stage: S): S {
  return Object.defineProperty(stage, mark, { value: true });
}
