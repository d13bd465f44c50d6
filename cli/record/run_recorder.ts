import {
  type Answer,
  type Chunk,
  fusePlan,
  type KvCache,
  type KvChunk,
  type MergedContext,
  type Plan,
  type Prompt,
  type RunEvent,
  type TokenizedDocument,
} from "../../mod.ts";
import { modelHash, versions } from "../experiment/provenance.ts";
import { sha256 } from "../experiment/sha256.ts";
import { partsOfType } from "../run/plan_parts.ts";
import {
  type ChunkSets,
  chunkSets,
  type HeadSets,
  mergedSets,
} from "./cache_sets.ts";
import { chunkRecords } from "./chunk_records.ts";
import { graphRecord } from "./graph_record.ts";
import { type LeftBytes, nodeCosts, round } from "./node_costs.ts";
import { PositionLists } from "./position_lists.ts";
import { type Arrival, queueSteps } from "./queue_steps.ts";
import {
  type RecordedQueue,
  recordVersion,
  type RunRecord,
} from "./run_record.ts";
import { stageSets } from "./stage_sets.ts";
import { chooseTaps, type Tap } from "./taps.ts";
import { WorkClock } from "./work_clock.ts";

/** What was seen at one output up to now. */
interface SeenTap {
  readonly chunks: Map<number, HeadSets>;
  tempering?: NonNullable<KvCache["tempering"]>;
}

/** What is known once a run has ended. */
export interface RunEnd {
  readonly answer: Answer | undefined;
  readonly seconds: Readonly<Record<string, number>>;
  readonly peakBytes: number;
  readonly command: readonly string[];
}

/**
 * Listens to a run. Of caches it keeps which positions they hold, never keys or values, and it reads a value while it
 * passes: nothing is held longer than without a recorder.
 */
export class RunRecorder {
  /** Outputs to run for beside the graph's own; their values go to `value()`. */
  readonly taps: readonly Tap[];
  /** As it runs: neighbours may be fused. */
  readonly #plan: Plan;
  readonly #clock: WorkClock;
  readonly #events: RunEvent[] = [];
  readonly #lists = new PositionLists();
  readonly #seen = new WeakMap<KvCache, ChunkSets>();
  readonly #sets: ReadonlyMap<Tap, SeenTap>;
  readonly #arrivals = new Map<string, Arrival[]>();
  readonly #left = new Map<string, LeftBytes>();
  readonly #chunks = new Map<number, Chunk>();
  /** Chunks of the merged context that passed last, by output. */
  readonly #merges = new Map<Tap, readonly number[]>();
  #document: TokenizedDocument | undefined;
  #question: string | undefined;
  #shape = { layers: 0, kvHeads: 0 };
  #origin = performance.now();

  /** @param replaced Outputs that the run is given, as `node.port`. */
  constructor(plan: Plan, replaced: readonly string[] = []) {
    const ends = Object.values(plan.outputs);
    const fused = fusePlan(plan, ends, new Set(replaced));
    this.#plan = fused.plan;
    this.taps = chooseTaps(plan, fused);
    this.#sets = new Map(
      this.taps.filter(({ type }) => /kv-chunk|merged/.test(type))
        .map((tap) => [tap, { chunks: new Map() }]),
    );
    this.#clock = new WorkClock(this.#plan.nodes.map(({ name }) => name));
  }

  /** Something happened. */
  event(event: RunEvent): void {
    this.#origin = performance.now() - event.at;
    this.#events.push(event);
    if (event.type !== "started" && event.type !== "warning") {
      this.#clock.note(event.node, event.at);
    }
  }

  /** A value passes an output that is listened to; it is not read later. */
  value(name: string, value: unknown): void {
    const tap = this.taps.find((tap) => tap.name === name);
    if (!tap) return;
    const at = performance.now() - this.#origin;
    this.#clock.note(tap.node, at);
    if (tap.type === "pc/tokenized-document") {
      this.#document ??= value as TokenizedDocument;
    } else if (tap.type === "pc/prompt") {
      this.#question ??= (value as Prompt).question;
    } else if (tap.type === "pc/chunk") {
      this.#chunks.set((value as Chunk).index, value as Chunk);
    } else if (tap.type === "pc/kv-chunk") {
      this.#kvChunk(tap, value as KvChunk, at);
    } else {
      this.#merged(tap, value as MergedContext);
    }
  }

  /** The record of the run that has ended. */
  async finish(end: RunEnd): Promise<RunRecord> {
    this.#clock.endTurn();
    const { answer } = end;
    const events = this.#events;
    const document = this.#document;
    const merges = this.taps.flatMap((tap) => this.#merges.get(tap) ?? []);
    const kept = answer?.kept.map(({ chunk }) => chunk) ?? this.#lastMerge();
    const merged = [...new Set([...merges, ...kept])].sort((a, b) => a - b);
    const model = modelOf(this.#plan);
    const text = document?.source.text;
    return {
      record: recordVersion,
      made: new Date().toISOString(),
      command: [...end.command],
      versions: {
        ...versions(),
        system: `${Deno.build.os} ${Deno.build.arch}`,
      },
      hashes: {
        ...(text !== undefined && { document: sha256(text) }),
        ...(this.#plan.source && { graph: sha256(this.#plan.source) }),
        ...(model && { model: await modelHash(model) }),
      },
      provider: answer?.provider ?? null,
      graph: graphRecord(this.#plan),
      document: document
        ? {
          name: document.source.name,
          bytes: new TextEncoder().encode(text).length,
          tokens: document.ids.length,
          text: document.source.text,
        }
        : null,
      question: this.#question ?? null,
      answer: answer
        ? {
          text: answer.answer,
          finish: answer.finish,
          tokens: answer.tokens,
          contextTokens: answer.contextTokens,
          ...(answer.read !== undefined && { read: answer.read }),
        }
        : null,
      chunks: chunkRecords([...this.#chunks.values()], {
        events,
        kept,
        merged,
        document,
      }),
      queues: this.#queues(),
      sets: stageSets(
        this.#plan,
        { ...this.#shape, lists: this.#lists.lists, taps: this.#sets },
        merged,
      ),
      costs: nodeCosts(this.#plan, events, this.#clock, this.#left),
      seconds: { ...end.seconds },
      peakBytes: end.peakBytes,
      events: events.map((event) => ({ ...event, at: round(event.at, 2) })),
    };
  }

  #kvChunk(tap: Tap, { chunk, cache, score }: KvChunk, at: number): void {
    this.#chunks.set(chunk.index, chunk);
    this.#cache(tap, cache, () => chunkSets(cache, chunk.index, this.#lists));
    const arrivals = this.#arrivals.get(tap.end) ?? [];
    this.#arrivals.set(tap.end, arrivals);
    arrivals.push({ chunk: chunk.index, score: score ?? null, at });
  }

  #merged(tap: Tap, context: MergedContext): void {
    this.#merges.set(tap, context.kept.map(({ chunk }) => chunk));
    this.#cache(tap, context.cache, () => mergedSets(context, this.#lists));
  }

  /** Chunks of the merged context that stands last in the graph: streams pass in any order. */
  #lastMerge(): readonly number[] {
    return this.taps.map((tap) => this.#merges.get(tap))
      .findLast((chunks) => chunks !== undefined) ?? [];
  }

  #cache(tap: Tap, cache: KvCache, read: () => ChunkSets): void {
    const sets = this.#seen.get(cache) ?? read();
    this.#seen.set(cache, sets);
    const seen = this.#sets.get(tap)!;
    for (const [chunk, heads] of sets) seen.chunks.set(chunk, heads);
    if (cache.tempering) seen.tempering = cache.tempering;
    this.#shape = { layers: cache.layers.length, kvHeads: cache.kvHeads };
    const left = this.#left.get(tap.node) ?? { bytes: 0, largest: 0 };
    this.#left.set(tap.node, {
      bytes: left.bytes + cache.bytes,
      largest: Math.max(left.largest, cache.bytes),
    });
  }

  /** Of every node that said which chunks it keeps or drops. */
  #queues(): RecordedQueue[] {
    return this.#plan.nodes.flatMap(({ name: node, stage, inputs }) => {
      const events = this.#events.filter((event) =>
        event.node === node && event.type === "chunk" &&
        (event.action === "kept" || event.action === "dropped")
      );
      const arrivals = Object.values(inputs).flat().flatMap(({ node, port }) =>
        this.#arrivals.get(`${node}.${port}`) ?? []
      );
      if (events.length === 0 || arrivals.length === 0) return [];
      const steps = queueSteps(arrivals, events)
        .map((step) => ({ ...step, at: round(step.at, 2) }));
      return [{ node, stage: stage.name, steps }];
    });
  }
}

/** The name or path of the model that a graph loads. */
function modelOf(plan: Plan): string | undefined {
  const options = partsOfType(plan, "pc/model")[0]?.node.options;
  const path = (options as { path?: unknown } | undefined)?.path;
  return typeof path === "string" ? path : undefined;
}
