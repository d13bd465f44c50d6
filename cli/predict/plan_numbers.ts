import { type Chunk, fusePlan, type Plan, type RunNumbers } from "../../mod.ts";
import type { Tuning } from "../../io/tuning.ts";
import { givesBias } from "./gives_bias.ts";
import {
  contextLeft,
  keptEntries,
  limitOf,
  queuedEntries,
  waitingEntries,
} from "./entries_left.ts";
import { number, optionsOf } from "./node_options.ts";
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
  /** Tokens that the model sees at most; default: any number. */
  readonly window?: number;
}

/** Rows of a question with its template, about: the plan does not know it. */
const QUESTION_ROWS = 32;

/** Reads off a plan how much it will hold. What a graph does not say counts as the most that it could be. */
export function runNumbers(plan: Plan, counted: Counted): RunNumbers {
  const { chunks, documentTokens, tuning, provider, storedBytes = 0 } = counted;
  const { window = Infinity } = counted;
  const chunkEntries = Math.max(
    0,
    ...chunks.map(({ lead, tokens }) => lead.length + tokens.length),
  );
  const kept = keptChunks(plan, chunks.length);
  const keep = keptEntries(plan.nodes, chunkEntries);
  const merged = mergedEntries(chunks, kept, keep);
  const lead = chunks[0]?.lead.length ?? 0;
  const waiting = waitingEntries(plan, chunks.length, chunkEntries);
  const queued = queuedEntries(plan, chunkEntries);
  const inside = storedBytes === 0 ? heldInside(plan, chunkEntries) : {};
  const answerTokens = Math.max(
    0,
    ...plan.nodes.map((n) => number(optionsOf(n).maxTokens, 0)),
  );
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
    mergedEntries: merged,
    ...contextLeft(plan, {
      chunks: kept,
      entries: merged,
      lead,
      room: window - lead - QUESTION_ROWS - answerTokens,
    }),
    answerTokens,
    storedBytes,
    waitingEntries: waiting,
    ...(waiting === 0 && queued < (inside.heldEntries ?? chunkEntries) &&
      { queuedEntries: queued }),
    biased: plan.nodes.some(givesBias),
    requery: plan.nodes.some(({ stage }) => stage.name === "requery"),
    ...(plan.nodes.some(({ stage }) => stage.name === "prefill.question") &&
      { questionRows: QUESTION_ROWS }),
    ...inside,
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

/** Chunks that stay at the same time: the smallest limit of a stage that selects. */
export function keptChunks(plan: Plan, count: number): number {
  return Math.min(count, ...plan.nodes.map((node) => limitOf(node, count)));
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

function accuracy(
  value: unknown,
  automatic: RunNumbers["accuracy"],
): RunNumbers["accuracy"] {
  if (value === "fast" || value === "int8" || value === "half") return value;
  return value === "auto" ? automatic : "exact";
}
