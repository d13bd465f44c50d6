import {
  Budget,
  fusePlan,
  type GraphFile,
  planGraph,
  type Port,
  prefill,
  prefillQuestion,
  Registry,
  release,
  runGraph,
} from "../../mod.ts";
import { chunkGiver, modelGiver, promptGiver } from "./given_stages.ts";
import { collect, type Ran, settled } from "./run_stage.ts";
import type { Source } from "./source.ts";
import type { Options, Subject } from "./subject.ts";

/** A stage behind prefill, and whether both became one. */
export interface Prefilled extends Ran {
  /** Why they did not; absent where they did. */
  readonly apart?: string;
}

/** Runs a stage behind prefill, two chunks in a call. */
export async function runPrefilled(
  { stage }: Subject,
  { setting }: Source,
  options: Options,
  fuse: "auto" | "never",
): Promise<Prefilled> {
  const inputs = Object.entries(stage.inputs) as [string, Port][];
  const asks = inputs.some(([, port]) => port.needs?.includes("question"));
  const registry = new Registry().add(stage).add(prefill).add(prefillQuestion)
    .add({ ...chunkGiver(setting), name: "given.chunks" })
    .add({ ...modelGiver(setting), name: "given.model" })
    .add({ ...promptGiver(setting), name: "given.prompt" });
  const wires = inputs.filter(([, { optional }]) => !optional)
    .map(([name]) => [name, name === "chunks" ? "filled" : name]);
  const nodes: GraphFile["nodes"] = {
    chunks: { stage: "given.chunks" },
    model: { stage: "given.model" },
    ...(asks && { prompt: { stage: "given.prompt" } }),
    filled: {
      stage: asks ? prefillQuestion.name : prefill.name,
      in: {
        chunks: "chunks",
        model: "model",
        ...(asks && { prompt: "prompt" }),
      },
      with: { batch: 2 },
    },
    subject: {
      stage: stage.name,
      in: Object.fromEntries(wires),
      with: { ...options },
    },
  };
  const graph: GraphFile = {
    version: 1,
    fuse,
    nodes,
    outputs: { out: "subject" },
  };
  const plan = await planGraph(graph, { registry });
  const { fused, unfused } = fusePlan(plan).fusion;
  const budget = new Budget(1e9);
  const { outputs } = runGraph(plan, { budget });
  const { left, held, ended } = collect(outputs.out!);
  const error = await ended;
  const bytes = left.reduce((sum, { cache }) => sum + cache.bytes, 0);
  await settled(budget, bytes);
  const overleased = error === undefined ? budget.used - bytes : 0;
  release(held);
  await settled(budget, 0);
  const why = unfused.find(({ node }) => node === "subject")?.reason;
  return {
    left,
    leaked: budget.used,
    overleased: budget.used > 0 ? 0 : overleased,
    ...(error !== undefined && { error }),
    ...(fused.length === 0 && { apart: why ?? "it does not follow prefill" }),
  };
}
