import { evictorOf, type Plan, type PlanNode, type Port } from "../../mod.ts";
import { upstreamNodes } from "../experiment/effective_graph.ts";
import { partsOfType } from "../run/plan_parts.ts";

/**
 * Whether the question has a say in what the answer is decoded over, by the plan: a node that leads to a merged
 * context needs what a pass of the question left (`question` and its parts), or reads the prompt for its question. A
 * stage that answers over chunks chooses among them by how it answers.
 */
export function isQueryAware(plan: Plan): boolean {
  const answers = partsOfType(plan, "pc/answer").filter(({ node }) =>
    Object.values<Port>(node.stage.inputs)
      .some(({ type }) => type.name === "pc/kv-chunk")
  );
  const parts = [...partsOfType(plan, "pc/merged-context"), ...answers];
  const nodes = new Set(parts.flatMap((part) => upstreamNodes(plan, part)));
  return [...nodes].some(readsQuestion);
}

/** Needs of evictors that look at the question's rows. */
const questionNeeds = ["attention", "lookahead", "null"];

function readsQuestion({ stage, inputs }: PlanNode): boolean {
  const connected = Object.entries<Port>(stage.inputs)
    .filter(([port]) => (inputs[port]?.length ?? 0) > 0);
  if (connected.some(([, { needs }]) => needs?.some(isQuestion))) return true;
  const prompt = connected.find(([, { type }]) => type.name === "pc/prompt");
  if (!prompt || takesPromptOnly(stage)) return false;
  const rule = evictorOf(stage); // over merged contexts they all have a prompt
  return !rule || !!rule.needs?.some((need) => questionNeeds.includes(need));
}

const isQuestion = (facet: string) => facet.split(":")[0] === "question";

/** Stages to which a prompt says how long it is, or that ask it, which alone keeps and drops nothing. */
function takesPromptOnly(
  { name, inputs, outputs }: PlanNode["stage"],
): boolean {
  if (name === "calibrate.temperature-scale") return true; // the lead's length
  const ports = Object.values<Port>(outputs);
  if (ports.some(({ type }) => type.name === "pc/chunk")) return true;
  if (ports.some(({ gives }) => gives?.some(isQuestion))) return true;
  return inputs.prompt?.optional === true && !("tokens" in inputs); // scorers take it, and know which rows it has
}
