import { from, NEVER, Observable, of, startWith } from "rxjs";
import { z } from "zod";
import {
  Allocator,
  type AnyStage,
  type Budget,
  Chunk,
  defineStage,
  KvChunk,
  type KvChunkParts,
  MergedContext,
  Model,
  ownKvChunk,
  ownMergedContext,
  type Port,
  Prompt,
  single,
  stream,
  TokenizedDocument,
} from "../../mod.ts";
import type { Source } from "./source.ts";

/** What a stage under test is given, and how. */
export interface Giving {
  readonly source: Source;
  readonly budget: Budget;
  /** `declared`: nothing but the ports and facets that the stage says it needs; `all`: whatever there is. */
  readonly wiring: "declared" | "all";
  /** Indices of the chunks, in the order in which they arrive; default: all of them, in order. */
  readonly arrival?: readonly number[] | undefined;
  /** Replaces the scores that chunks come with. */
  readonly scores?: readonly number[] | undefined;
  readonly allocator?: Allocator | undefined;
  /** The stage's options, as it will see them. */
  readonly options: unknown;
}

/** Facets that chunks can be given here. */
const facets = ["question", "score"];

/** A value for an input of a stage, by the name of its port's type; `undefined` where there is none. */
export async function giverOf(
  port: Port,
  giving: Giving,
): Promise<AnyStage | undefined> {
  const { source: { setting }, wiring, allocator, options } = giving;
  const needs = port.needs ?? [];
  const gives = wiring === "declared"
    ? needs
    : [...new Set([...facets, ...needs])];
  if (needs.some((need) => !facets.includes(need))) return undefined;
  if (port.type.name === Allocator.name) {
    return allocator && giver(single(Allocator), of(allocator));
  }
  const needed = !port.optional || port.neededBy?.(options);
  if (!needed && wiring === "declared") return undefined;
  switch (port.type.name) {
    case KvChunk.name:
      return giver(stream(KvChunk, { gives }), await heldChunks(giving, gives));
    case MergedContext.name:
      return giver(single(MergedContext), await heldContext(giving));
    case Model.name:
      return giver(single(Model), NEVER.pipe(startWith(setting.model)));
    case Prompt.name:
      return giver(single(Prompt), of(setting.prompt));
    case TokenizedDocument.name:
      return giver(single(TokenizedDocument), of(setting.tokens));
    case Chunk.name:
      return giver(stream(Chunk), from(setting.chunks));
  }
  return undefined;
}

function giver(out: Port, values: Observable<unknown>): AnyStage {
  return defineStage({
    name: "given",
    summary: "Gives what the matrix says",
    inputs: {},
    outputs: { out },
    options: z.strictObject({}),
    run: () => ({ out: values }),
  });
}

/** Chunks under leases, one a turn; what nobody takes is released. */
async function heldChunks(
  { source, budget, arrival, scores }: Giving,
  gives: readonly string[],
): Promise<Observable<KvChunk>> {
  const order = arrival ?? source.chunks.map((_, i) => i);
  const parts = order.map((i) => {
    const { question, score, ...parts } = source.chunks[i]!.parts;
    return {
      ...parts,
      ...(gives.includes("question") && { question }),
      ...(gives.includes("score") && { score: scores?.[i] ?? score }),
    } as KvChunkParts;
  });
  const leases = await budget.leaseAll(parts.map(({ cache }) => cache.bytes));
  const waiting = parts.map((part, i) => ownKvChunk(part, leases[i]));
  return new Observable((subscriber) => {
    const send = async () => {
      while (waiting.length > 0) {
        await Promise.resolve();
        if (subscriber.closed) return;
        subscriber.next(waiting.shift()!);
      }
      subscriber.complete();
    };
    subscriber.add(() => {
      for (const chunk of waiting.splice(0)) chunk.release();
    });
    send().catch((error) => subscriber.error(error));
  });
}

async function heldContext(
  { source, budget }: Giving,
): Promise<Observable<MergedContext>> {
  const { parts } = source.context;
  const lease = await budget.lease(parts.cache.bytes);
  return new Observable((subscriber) => {
    subscriber.next(ownMergedContext(parts, lease));
    subscriber.complete();
  });
}
