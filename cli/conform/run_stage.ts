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
  /** Bytes leased for what left beyond those that it has; below 0 where too few are. */
  readonly overleased: number;
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

/** Turns of the event loop that it is waited for at least, however busy the machine. */
const TURNS = 50;

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
  const { left, held, ended } = collect(outputs.out!);
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
  const bytes = left.reduce((sum, { cache }) => sum + cache.bytes, 0);
  if (error === undefined) await settled(budget, bytes);
  const leased = error === undefined ? budget.used - bytes : 0;
  release(held);
  const time = abortAfter === undefined ? SETTLE.ended : SETTLE.aborted;
  await settled(budget, 0, time);
  const changed = changesOf(request.source);
  return {
    left,
    leaked: budget.used,
    overleased: budget.used > 0 ? 0 : leased,
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

/** Copies what comes, and holds it. */
export function collect(output: Observable<unknown>): {
  readonly left: readonly Left[];
  readonly held: readonly unknown[];
  /** Resolves to the error's message, if there was one. */
  readonly ended: Promise<string | undefined>;
} {
  const left: Left[] = [];
  const held: unknown[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<
    string | undefined
  >();
  output.subscribe({
    next: (value) => {
      held.push(value);
      const { chunk, cache, score } = value as
        & KvChunk
        & Partial<MergedContext>;
      left.push({
        chunk: chunk?.index ?? 0,
        cache: copyCache(cache),
        ...(score !== undefined && { score }),
      });
    },
    error: (error) => {
      const cause = (error as Error).cause ?? error;
      resolve(cause instanceof Error ? cause.message : String(cause));
    },
    complete: () => resolve(undefined),
  });
  return { left, held, ended };
}

/** Lets work that was called off, or that tidies up, come to its end. */
export async function settled(
  budget: Budget,
  bytes: number,
  most = SETTLE.ended,
): Promise<void> {
  const end = performance.now() + most;
  const waits = (turns: number) => turns < TURNS || performance.now() < end;
  for (let i = 0; budget.used !== bytes && waits(i); i++) await turn();
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
