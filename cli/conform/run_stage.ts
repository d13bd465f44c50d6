import type { Observable } from "rxjs";
import {
  type AnyStage,
  Budget,
  type GraphFile,
  type KvCache,
  type KvChunk,
  type MergedContext,
  planGraph,
  type Port,
  Registry,
  release,
  runGraph,
} from "../../mod.ts";
import { cacheDifference, copyCache, restoreCache } from "./cache_copy.ts";
import { giverOf, type Giving } from "./given_stages.ts";
import type { Source } from "./source.ts";

/** One run of a stage. */
export interface Request extends Omit<Giving, "budget" | "options"> {
  readonly stage: AnyStage;
  readonly options: Readonly<Record<string, unknown>>;
  /** Abort after so many turns of the event loop. */
  readonly abortAfter?: number;
}

/** A chunk, or the merged context, as it left the stage. */
export interface Left {
  /** Index of the chunk; 0 for a merged context. */
  readonly chunk: number;
  readonly cache: KvCache;
  readonly score?: number;
}

/** What a run did. */
export interface Ran {
  readonly left: readonly Left[];
  readonly error?: string;
  /** Bytes still leased after everything that left was released. */
  readonly leaked: number;
  /** What the stage changed of what it was given. */
  readonly changed?: string;
}

/** An input that nothing here can be connected to. */
export class NotGiven extends Error {
  override name = "NotGiven";
}

/** Longest that a run may take before it counts as hanging, in ms. */
const HANG = 20_000;
/** Longest that memory is waited for, in ms: work that was called off may still compute. */
const SETTLE = { ended: 100, aborted: 3_000 };

/** Runs one stage in a graph of its own, releases what leaves it, and looks after what it was given. */
export async function runStage(request: Request): Promise<Ran> {
  const budget = new Budget(1e9);
  const plan = await planGraph(...await graphOf(request, budget));
  const controller = new AbortController();
  const { outputs, events } = runGraph(plan, {
    budget,
    signal: controller.signal,
  });
  events.subscribe();
  const left: Left[] = [];
  const ended = endOf(outputs.out!, left);
  const { abortAfter } = request;
  if (abortAfter !== undefined) {
    for (let i = 0; i < abortAfter; i++) await turn();
    controller.abort(new Error("aborted"));
  }
  const hang = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    hang.resolve(`It did not end within ${HANG / 1000} s`);
    controller.abort(new Error("hangs"));
  }, HANG);
  const error = await Promise.race([ended, hang.promise]);
  clearTimeout(timer);
  await settled(
    budget,
    abortAfter === undefined ? SETTLE.ended : SETTLE.aborted,
  );
  const changed = changesOf(request.source);
  return {
    left,
    leaked: budget.used,
    ...(error !== undefined && { error }),
    ...(changed !== undefined && { changed }),
  };
}

async function graphOf(
  { stage, options, ...giving }: Request,
  budget: Budget,
): Promise<Parameters<typeof planGraph>> {
  const registry = new Registry().add(stage);
  const nodes: GraphFile["nodes"] = {};
  const parsed = stage.options.parse(options);
  const wires: Record<string, string> = {};
  for (const [name, port] of Object.entries(stage.inputs) as [string, Port][]) {
    const given = await giverOf(port, { ...giving, budget, options: parsed });
    if (!given && port.optional) continue;
    if (!given) {
      const needs = port.needs?.length ? ` with ${port.needs.join(", ")}` : "";
      throw new NotGiven(
        `nothing here gives its input '${name}' (${port.type.name}${needs})`,
      );
    }
    registry.add({ ...given, name: `given.${name}` });
    nodes[`given-${name.toLowerCase()}`] = { stage: `given.${name}` };
    wires[name] = `given-${name.toLowerCase()}`;
  }
  nodes.subject = { stage: stage.name, in: wires, with: { ...options } };
  const [output] = Object.keys(stage.outputs);
  return [
    { version: 1, nodes, outputs: { out: `subject.${output}` } },
    { registry },
  ];
}

/** Copies and releases what comes; resolves to the error's message, if there was one. */
export function endOf(
  output: Observable<unknown>,
  left: Left[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    output.subscribe({
      next: (value) => {
        const held = value as KvChunk & Partial<MergedContext>;
        left.push({
          chunk: held.chunk?.index ?? 0,
          cache: copyCache(held.cache),
          ...(held.score !== undefined && { score: held.score }),
        });
        release(value);
      },
      error: (error) => {
        const cause = (error as Error).cause ?? error;
        resolve(cause instanceof Error ? cause.message : String(cause));
      },
      complete: () => resolve(undefined),
    });
  });
}

/** Lets work that was called off come to its end. */
export async function settled(
  budget: Budget,
  most = SETTLE.ended,
): Promise<void> {
  const end = performance.now() + most;
  while (budget.used > 0 && performance.now() < end) await turn();
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** What is not as it was in a source; puts it back. */
function changesOf({ chunks, context }: Source): string | undefined {
  let changed: string | undefined;
  for (const { parts, before } of [...chunks, context]) {
    const difference = cacheDifference(before, parts.cache);
    if (difference === undefined) continue;
    changed ??= difference;
    restoreCache(parts.cache, before);
  }
  return changed;
}
