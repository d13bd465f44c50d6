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
import type { Setting } from "./setting.ts";
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

/** Facets that values can be given here; a part of one, such as `question:log-probs`, comes alone where it is declared. */
const facets: Readonly<Record<string, readonly string[]>> = {
  [KvChunk.name]: ["question", "score"],
  [MergedContext.name]: ["fp32", "tokens"],
};

/** A value for an input of a stage, by the name of its port's type; `undefined` where there is none. */
export async function giverOf(
  port: Port,
  giving: Giving,
): Promise<AnyStage | undefined> {
  const { source: { setting }, wiring, allocator, options } = giving;
  const needs = port.needs ?? [];
  const known = facets[port.type.name] ?? [];
  const given = (need: string) => known.includes(need.split(":")[0]!);
  if (!needs.every(given)) return undefined;
  const gives = wiring === "declared"
    ? needs
    : [...new Set([...known, ...needs])];
  if (port.type.name === Allocator.name) {
    return allocator && giver(single(Allocator), of(allocator));
  }
  const needed = !port.optional || port.neededBy?.(options);
  if (!needed && wiring === "declared") return undefined;
  switch (port.type.name) {
    case KvChunk.name:
      return giver(stream(KvChunk, { gives }), await heldChunks(giving, gives));
    case MergedContext.name:
      return giver(
        single(MergedContext, { gives }),
        await heldContext(giving),
      );
    case Model.name:
      return modelGiver(setting);
    case Prompt.name:
      return promptGiver(setting);
    case TokenizedDocument.name:
      return giver(single(TokenizedDocument), of(setting.tokens));
    case Chunk.name:
      return chunkGiver(setting);
  }
  return undefined;
}

/** Gives the model, which stays open. */
export const modelGiver = ({ model }: Setting): AnyStage =>
  giver(single(Model), NEVER.pipe(startWith(model)));

/** Gives the question. */
export const promptGiver = ({ prompt }: Setting): AnyStage =>
  giver(single(Prompt), of(prompt));

/** Gives the chunks without their KV. */
export const chunkGiver = ({ chunks }: Setting): AnyStage =>
  giver(stream(Chunk), from(chunks));

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
      ...(gives.some((facet) => facet.startsWith("question:")) && {
        question: { ...question, queries: [], keys: [] },
      }),
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
