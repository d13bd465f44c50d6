import { endpointName, type Plan } from "../../mod.ts";
import type { RunRecord } from "./run_record.ts";

/** A plan as a record keeps it. */
export function graphRecord(plan: Plan): RunRecord["graph"] {
  return {
    file: plan.file,
    summary: plan.summary,
    params: { ...plan.params },
    nodes: plan.nodes.map(({ name, stage, options, inputs }) => ({
      name,
      stage: stage.name,
      options,
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([port, ends]) => [
          port,
          ends.map(endpointName),
        ]),
      ),
    })),
    outputs: Object.fromEntries(
      Object.entries(plan.outputs).map(([name, end]) => [
        name,
        endpointName(end),
      ]),
    ),
  };
}
