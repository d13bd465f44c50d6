import {
  Budget,
  type KvCache,
  type KvChunkParts,
  mergeChunks,
  type MergedContextParts,
  ownKvChunk,
} from "../../mod.ts";
import { copyCache } from "./cache_copy.ts";
import { equalKeys, halfPrecision, raggedHeads } from "./cache_kinds.ts";
import type { Check } from "./record.ts";
import {
  documentOf,
  openSetting,
  prefillChunks,
  type Setting,
} from "./setting.ts";

/** A cache that stages are run on, and a copy of it that no stage sees. */
export interface Kept<P> {
  readonly parts: P;
  readonly before: KvCache;
}

/** Chunks of one kind, by themselves and merged. */
export interface Source {
  readonly name: string;
  readonly setting: Setting;
  readonly chunks: readonly Kept<KvChunkParts>[];
  readonly context: Kept<MergedContextParts>;
}

/** What a matrix runs on, by kind. */
export interface Sources extends AsyncDisposable {
  /** Grouped queries, two workers, chunks of unequal length that were prefilled in one call. */
  readonly base: Source;
  readonly shapes: readonly Source[];
  readonly half: Source;
  readonly ragged: Source;
  readonly short: readonly Source[];
  readonly ties: Source;
}

/** What every rule is to work on beside the base, by the check that it is for. */
export function kindsOf(
  { shapes, half, ragged, short, ties }: Sources,
): readonly (readonly [Check, readonly Source[]])[] {
  return [
    ["shapes", shapes],
    ["fp16", [half]],
    ["ragged", [ragged]],
    ["short", short],
    ["ties", [ties]],
  ];
}

/** Opens the models and makes every kind of cache. */
export async function openSources(): Promise<Sources> {
  const settings = {
    gqa: await openSetting("GQA", { workers: 2 }),
    mha: await openSetting("MHA"),
    mqa: await openSetting("MQA"),
  };
  const { gqa } = settings;
  const caches = await prefillChunks(gqa);
  const shortest = [[1, 9], [1]].map((sizes) => ({
    ...gqa,
    ...documentOf(sizes),
  }));
  const made = (name: string, change: (cache: KvCache) => KvCache) =>
    sourceOf(`${gqa.name} ${name}`, gqa, caches.map(change));
  return {
    base: await sourceOf("GQA", gqa, caches),
    shapes: await Promise.all([settings.mha, settings.mqa].map(
      async (setting) =>
        sourceOf(setting.name, setting, await prefillChunks(setting)),
    )),
    half: await made("in fp16", halfPrecision),
    ragged: await made("with ragged heads and a bias", raggedHeads),
    ties: await made("with equal keys and values", equalKeys),
    short: await Promise.all(shortest.map(async (setting) =>
      sourceOf(
        `chunks of ${setting.chunks.map((c) => c.tokens.length).join(" and ")}`,
        setting,
        await prefillChunks(setting),
      )
    )),
    [Symbol.asyncDispose]: async () => {
      for (const { model } of Object.values(settings)) {
        await model[Symbol.asyncDispose]();
      }
    },
  };
}

async function sourceOf(
  name: string,
  setting: Setting,
  caches: readonly KvCache[],
): Promise<Source> {
  const { model, prompt, chunks } = setting;
  const lengths = chunks.map((c) => c.lead.length + c.tokens.length);
  const items = caches.map((cache, i) => ({ cache, position: lengths[i]! }));
  const questions = await model.requery(items, prompt.tail);
  const parts = chunks.map((chunk, i): KvChunkParts => ({
    chunk,
    cache: withoutOwner(caches[i]!),
    entriesBefore: lengths[i]!,
    question: questions[i]!,
    score: [2.5, 1.5, 2][chunk.index]!,
  }));
  const context = await mergeChunks(parts.map((p) => ownKvChunk(p)), {
    node: "conform",
    signal: new AbortController().signal,
    budget: new Budget(1e9),
    inputs: {},
    emit: () => {},
  });
  const { cache, position, kept, sources } = context;
  return {
    name,
    setting,
    chunks: parts.map((p) => ({ parts: p, before: copyCache(p.cache) })),
    context: {
      parts: {
        cache: withoutOwner(cache),
        position,
        kept,
        ...(sources && { sources }),
        chunks: context.chunks,
      },
      before: copyCache(cache),
    },
  };
}

/** The same arrays; nobody gives them back. */
function withoutOwner({ kvHeads, headDim, layers, bytes }: KvCache): KvCache {
  return { kvHeads, headDim, layers, bytes };
}
