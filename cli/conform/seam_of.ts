import {
  Allocator,
  type AnyStage,
  evictorOf,
  isCalibrator,
  KvChunk,
  MergedContext,
  type Port,
} from "../../mod.ts";

/** A kind of rule that the matrix knows how to check. */
export type Seam =
  | "evictor"
  | "calibrator"
  | "quantiser"
  | "selector"
  | "scorer"
  | "allocator";

/** The seam that a stage stands on, or why it stands on none. */
export function seamOf(stage: AnyStage): Seam | { readonly none: string } {
  const inputs = Object.values(stage.inputs) as Port[];
  const outputs = Object.values(stage.outputs) as Port[];
  const [output] = outputs;
  const shares = outputs.length === 1 && output!.type.name === Allocator.name;
  if (shares && inputs.length === 0) return "allocator";
  if (shares) {
    return { none: "it shares out among chunks; the matrix looks at one" };
  }
  const cache = [KvChunk.name, MergedContext.name].find((type) =>
    inputs.some((port) => port.type.name === type) &&
    outputs.length === 1 && output!.type.name === type
  );
  const given = inputs.map((port) => port.type.name).join(" + ") || "nothing";
  const gives = outputs.map((port) => port.type.name).join(" + ") || "nothing";
  if (!cache) {
    return { none: `it stands on no seam: it makes ${gives} of ${given}` };
  }
  if (output!.gives?.includes("score")) return "scorer";
  if (evictorOf(stage)) return "evictor";
  if (isCalibrator(stage)) return "calibrator";
  const kind = stage.name.split(".")[0]!;
  if (kind === "quantise") return "quantiser";
  if (inputs.some((port) => port.needs?.includes("tokens"))) {
    return {
      none: "it makes new entries of tokens; the matrix looks at given ones",
    };
  }
  if (output!.gives?.length) {
    return {
      none: `it stands on no seam: it says more of a cache (${output!.gives})`,
    };
  }
  if (kind === "calibrate") return "calibrator";
  const ranked = inputs.some((port) => port.needs?.includes("score"));
  return kind === "select" || ranked ? "selector" : "evictor";
}
