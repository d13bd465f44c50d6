import {
  type Chunk,
  fusePlan,
  type Plan,
  type PlanNode,
  type RunNumbers,
} from "../../mod.ts";
import type { Tuning } from "../../io/tuning.ts";
import { givesBias } from "./gives_bias.ts";
import { partsOfType } from "../run/plan_parts.ts";

/** What is known of a run before it computes anything. */
export interface Counted {
  readonly chunks: readonly Chunk[];
  readonly documentTokens: number;
  /** What stands for settings left to `auto`. */
  readonly tuning?: Pick<Tuning, "workers" | "accuracy"> | undefined;
  /** What the model computes on. */
  readonly provider?: string;
  /** KV bytes kept between questions. */
  readonly storedBytes?: number;
}

/** Rows of a question with its template, about: the plan does not know it. */
const QUESTION_ROWS = 32;

/** Reads off a plan how much it will hold. What a graph does not say counts as the most that it could be. */
export function runNumbers(plan: Plan, counted: Counted): RunNumbers {
  const { chunks, documentTokens, tuning, provider, storedBytes = 0 } = counted;
  const chunkEntries = Math.max(
    0,
    ...chunks.map(({ lead, tokens }) => lead.length + tokens.length),
  );
  const kept = keptChunks(plan, chunks.length);
  const keep = keptEntries(plan.nodes, chunkEntries);
  const model = optionsOf(partsOfType(plan, "pc/model")[0]?.node);
  return {
    workers: number(model.workers, tuning?.workers ?? 1),
    accuracy: accuracy(
      model.accuracy,
      tuning?.accuracy ?? (provider === "cuda" ? "half" : "exact"),
    ),
    batch: Math.max(
      1,
      ...plan.nodes.map((n) => number(optionsOf(n).batch, 1)),
    ),
    documentTokens,
    chunks: chunks.length,
    chunkEntries,
    keptChunks: kept,
    keptEntries: keep,
    mergedEntries: mergedEntries(chunks, kept, keep),
    answerTokens: Math.max(
      0,
      ...plan.nodes.map((n) => number(optionsOf(n).maxTokens, 0)),
    ),
    storedBytes,
    waitingEntries: waitingEntries(plan, chunks.length, chunkEntries),
    biased: plan.nodes.some(givesBias),
    requery: plan.nodes.some(({ stage }) => stage.name === "requery"),
    ...(plan.nodes.some(({ stage }) => stage.name === "prefill.question") &&
      { questionRows: QUESTION_ROWS }),
    ...(storedBytes === 0 && heldInside(plan, chunkEntries)),
  };
}

/** What leaves the prefill of a chunk, where an evictor is computed inside. */
function heldInside(
  plan: Plan,
  entries: number,
): Pick<RunNumbers, "heldEntries" | "heldLayers"> {
  const { fused } = fusePlan(plan).fusion;
  const [node] = plan.nodes.filter(({ name, stage }) =>
    stage.follows && fused.some((names) => names.includes(name))
  );
  if (!node) return {};
  const { share } = optionsOf(node);
  return {
    heldEntries: keptEntries([node], entries),
    ...(share !== "model" && { heldLayers: 1 }),
  };
}

/** Entries a KV head that a stage with `candidates` holds until it chooses: chunks, as the evictors before it leave them. */
export function waitingEntries(
  plan: Plan,
  count: number,
  entries: number,
): number {
  const selector = plan.nodes.find((node) => "candidates" in optionsOf(node));
  if (!selector) return 0;
  const { candidates } = optionsOf(selector);
  const held = Math.min(count, number(candidates, count));
  return held * keptEntries(nodesBefore(selector, plan), entries);
}

/** The nodes that lead to one, itself left out. */
function nodesBefore({ inputs }: PlanNode, plan: Plan): PlanNode[] {
  const names = new Set(Object.values(inputs).flat().map((end) => end.node));
  const direct = plan.nodes.filter(({ name }) => names.has(name));
  return [...direct, ...direct.flatMap((node) => nodesBefore(node, plan))];
}

/** Chunks that stay at the same time: the smallest limit of a stage that selects. */
export function keptChunks(plan: Plan, count: number): number {
  return Math.min(count, ...plan.nodes.map((node) => limitOf(node, count)));
}

/** Chunks that a stage lets through, or holds for answers in doubt, at most. */
function limitOf(node: PlanNode, otherwise: number): number {
  const { n, least, most, first, more, times } = optionsOf(node);
  if (typeof n === "number") return n;
  if (typeof most === "number") return Math.max(most, number(least, 0));
  if (typeof first !== "number") return otherwise;
  return first + number(more, 0) * number(times, 0);
}

/** Entries that an evictor leaves of a chunk, from the `keep` that all of them have. */
function keptEntries(nodes: readonly PlanNode[], entries: number): number {
  const limits = nodes.map((node) => {
    const keep = optionsOf(node).keep as Partial<Record<string, unknown>>;
    if (typeof keep?.share === "number") return Math.ceil(keep.share * entries);
    return number(keep?.entries, entries);
  });
  return Math.min(entries, ...limits);
}

/** Entries a KV head that are left when chunks are merged, at most: only the first keeps its lead. */
function mergedEntries(
  chunks: readonly Chunk[],
  kept: number,
  keep: number,
): number {
  const alone = chunks.map(({ tokens }) => Math.min(keep, tokens.length));
  const leads = chunks.map(({ lead, tokens }, i) =>
    Math.min(keep, lead.length + tokens.length) - alone[i]!
  );
  const most = alone.toSorted((a, b) => b - a).slice(0, kept);
  const lead = kept === chunks.length ? leads[0] ?? 0 : Math.max(...leads);
  return most.reduce((sum, entries) => sum + entries, lead);
}

function optionsOf(node: PlanNode | undefined): Record<string, unknown> {
  return (node?.options ?? {}) as Record<string, unknown>;
}

function accuracy(
  value: unknown,
  automatic: RunNumbers["accuracy"],
): RunNumbers["accuracy"] {
  if (value === "fast" || value === "int8" || value === "half") return value;
  return value === "auto" ? automatic : "exact";
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
