import type { Plan, PlanNode, Port } from "../../mod.ts";
import { number, optionsOf } from "./node_options.ts";

/** Entries of a chunk that evictors among the nodes leave of it, from the `keep` that all of them have. */
export function keptEntries(
  nodes: readonly PlanNode[],
  entries: number,
): number {
  const limits = nodes.filter((node) => !readsContext(node)).map((node) => {
    const keep = optionsOf(node).keep as Partial<Record<string, unknown>>;
    if (typeof keep?.share === "number") return Math.ceil(keep.share * entries);
    return number(keep?.entries, entries);
  });
  return Math.min(entries, ...limits);
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

/** Entries of every chunk that waits at the first stage that selects, also all of them, as the evictors before it leave them. */
export function queuedEntries(plan: Plan, entries: number): number {
  const selector = plan.nodes.find((node) =>
    limitOf(node, Infinity) < Infinity || optionsOf(node).n === "all"
  );
  return selector ? keptEntries(nodesBefore(selector, plan), entries) : entries;
}

/** Chunks that a stage lets through, or holds for answers in doubt, at most. */
export function limitOf(node: PlanNode, otherwise: number): number {
  if (scores(node)) return otherwise; // its `n` is of something else
  const { n, least, most, first, more, times } = optionsOf(node);
  if (typeof n === "number") return n;
  if (typeof most === "number") return Math.max(most, number(least, 0));
  if (typeof first !== "number") return otherwise;
  return first + number(more, 0) * number(times, 0);
}

/** What a merged cache has. */
export interface Merged {
  readonly chunks: number;
  /** A KV head, lead included. */
  readonly entries: number;
  readonly lead: number;
  /** Tokens that can be prefilled as one text. */
  readonly room: number;
}

/** What is left of it, and what is read again, once or several times; absent where nothing happens to it. */
export interface ContextLeft {
  readonly contextEntries?: number;
  /** Reading by reading, lead included. */
  readonly rereadEntries?: readonly number[];
}

/** What the stages behind the merge leave of its cache, one after another. */
export function contextLeft(
  { nodes }: Plan,
  { chunks, entries, lead, room }: Merged,
): ContextLeft {
  let left = entries;
  const reread: number[] = [];
  for (const node of nodes.filter(readsContext)) {
    if (node.stage.name !== "reread") {
      left = Math.min(left, contextLimit(node, chunks, left));
    } else if (chunks > 1) {
      left = Math.min(left, lead + room);
      reread.push(left);
    }
  }
  return {
    ...(left < entries && { contextEntries: left }),
    ...(reread.length > 0 && { rereadEntries: reread }),
  };
}

/** Entries that an evictor leaves of a merged cache; `keep.entries` counts for every chunk. */
function contextLimit(
  node: PlanNode,
  chunks: number,
  entries: number,
): number {
  const { total, keep } = optionsOf(node);
  if (typeof total === "number") return total;
  const { share, entries: each } = (keep ?? {}) as Record<string, unknown>;
  if (typeof share === "number") return Math.ceil(share * entries);
  return typeof each === "number" ? each * chunks : entries;
}

function scores({ stage }: PlanNode): boolean {
  return Object.values<Port>(stage.outputs).some(({ gives }) =>
    gives?.includes("score")
  );
}

function readsContext({ stage }: PlanNode): boolean {
  return Object.values<Port>(stage.inputs).some(({ type: { name } }) =>
    name === "pc/merged-context"
  );
}

/** The nodes that lead to one, itself left out. */
function nodesBefore({ inputs }: PlanNode, plan: Plan): PlanNode[] {
  const names = new Set(Object.values(inputs).flat().map((end) => end.node));
  const direct = plan.nodes.filter(({ name }) => names.has(name));
  return [...direct, ...direct.flatMap((node) => nodesBefore(node, plan))];
}
