import type { PhaseSeconds } from "../run/phase_clock.ts";

/** Seconds of two runs one after the other, by phase. */
export function addSeconds(a: PhaseSeconds, b: PhaseSeconds): PhaseSeconds {
  const phases = Object.keys(a) as (keyof PhaseSeconds)[];
  const sums = phases.map((phase) => [
    phase,
    Math.round((a[phase] + b[phase]) * 1e4) / 1e4,
  ]);
  return Object.fromEntries(sums) as PhaseSeconds;
}
