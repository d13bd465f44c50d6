import type { Plan, PlanNode } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { partsOfType } from "../run/plan_parts.ts";

/** A node that calibrates, with its input and its output as runs name them. */
export interface CalibratingNode {
  readonly node: PlanNode;
  readonly before: string;
  readonly after: string;
}

/** Which outputs of a graph are looked at, as runs name them. */
export interface AnalyzedParts {
  readonly tokens: string;
  readonly prompt: string;
  /** Chunks as they come from the prefill. */
  readonly chunks: string;
  /** The merged cache that is decoded over. */
  readonly merged: string;
  readonly calibrating: readonly CalibratingNode[];
}

/** Finds what is looked at in a graph; a graph that lacks it is refused. */
export function analyzedParts(plan: Plan): AnalyzedParts {
  const name = (type: string, what: string, at: 0 | -1) => {
    const part = partsOfType(plan, type).at(at);
    if (part) return part.name;
    throw new CliError(
      ExitCode.graph,
      `Graph '${plan.file}' has no output of type ${type}, so ${what} cannot be looked at; pcw, parallelcomp, reread and paper have one`,
    );
  };
  return {
    tokens: name("pc/tokenized-document", "its document", 0),
    prompt: name("pc/prompt", "its question", 0),
    chunks: name("pc/kv-chunk", "its chunks", 0),
    merged: name("pc/merged-context", "what the answer is decoded over", -1),
    calibrating: plan.nodes.flatMap(calibrating),
  };
}

function calibrating(node: PlanNode): CalibratingNode[] {
  const { stage, options, inputs } = node;
  if (!/^calibrate(\.|$)/.test(stage.name)) return [];
  const { rules } = options as { readonly rules?: readonly unknown[] };
  if (rules?.length === 0) return []; // does nothing
  const port = Object.keys(stage.outputs)[0]!;
  const from = inputs[port]?.[0];
  if (!from) return [];
  return [{
    node,
    before: `${from.node}.${from.port}`,
    after: `${node.name}.${port}`,
  }];
}
