import { isCalibrator, type PlanNode } from "../../mod.ts";

/** Calibrators that only drop entries. */
const DROPPING: ReadonlySet<string> = new Set([
  "calibrate",
  "calibrate.merged",
  "calibrate.class",
  "calibrate.class-merged",
]);

/** Whether a stage may give entries a bias; of a user's calibrator that is not known. */
export function givesBias(
  { stage, options }: Pick<PlanNode, "stage" | "options">,
): boolean {
  if (stage.name === "calibrate.score" || stage.name === "reread") {
    return (options as { nats?: unknown } | undefined)?.nats !== 0;
  }
  return isCalibrator(stage) && !DROPPING.has(stage.name);
}
