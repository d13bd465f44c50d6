import { lastValueFrom, of } from "rxjs";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import { keepEntries } from "../../stages/cache/keep_entries.ts";
import { replaceMergedCache } from "../../stages/cache/merged_context.ts";
import {
  type Chunk,
  mergeChunks,
  type MergedContext,
  ownKvChunk,
  type Prompt,
  reread,
} from "../../stages/mod.ts";
import { held, runStage } from "./fake_case.ts";
import type { TestContext } from "./stage_context.ts";

/** Chunks, a question, and what runs them. */
export interface RereadCase {
  readonly model: LanguageModel;
  readonly prompt: Prompt;
  readonly chunks: readonly Chunk[];
  readonly ctx: TestContext;
}

/** Every chunk prefilled by itself and merged, nothing evicted; scores by chunk, low ones good. */
export async function mergedOf(
  { model, chunks, ctx }: RereadCase,
  scores: readonly number[] = [],
): Promise<MergedContext> {
  const prefilled = await Promise.all(chunks.map(async (chunk, i) => {
    const ids = Int32Array.from([...chunk.lead, ...chunk.tokens]); // [lead + tokens]
    const [{ cache } = { cache: undefined }] = await model.prefill([{ ids }]);
    const lease = await ctx.budget.lease(cache!.bytes);
    const score = scores[i];
    const said = { chunk, cache: cache!, entriesBefore: ids.length };
    return ownKvChunk(
      { ...said, ...(score !== undefined && { score }) },
      lease,
    );
  }));
  return await mergeChunks(prefilled, ctx, [], model);
}

/** Says whether a head keeps an entry. */
export type Keeps = (
  entry: {
    readonly chunk: number;
    readonly position: number;
    readonly head: number;
    readonly layer: number;
  },
) => boolean;

/** The context with the entries that a rule keeps of a cache on the host. */
export async function keptOf(
  context: MergedContext,
  keeps: Keeps,
  ctx: TestContext,
): Promise<MergedContext> {
  const { cache } = context;
  const keep = cache.layers.map((layer, l) =>
    Uint8Array.from(layer.positions, (position, at) => {
      const head = Math.floor(at / layer.entries);
      const chunk = layer.chunks![at]!;
      return Number(keeps({ chunk, position, head, layer: l }));
    }) // [kvHeads, entries]
  );
  return await replaceMergedCache(
    context,
    keepEntries(new Arena(), [{ cache, keep }]),
    ctx,
  );
}

/** What the stage makes of a context. */
export function readAgain(
  { model, prompt, ctx }: RereadCase,
  context: MergedContext,
  answerTokens = 0,
  nats = 0,
): Promise<MergedContext> {
  const inputs = {
    context: of(context),
    prompt: of(prompt),
    model: held(model),
  };
  return lastValueFrom(
    runStage(reread, inputs, { answerTokens, nats }, ctx).context,
  );
}

/** Logits behind a cache after some rows. */
export async function logitsOver(
  model: LanguageModel,
  cache: KvCache,
  position: number,
  ids: Int32Array,
): Promise<Float32Array> {
  await using state = await model.decode(cache, position);
  return (await state.step(ids)).slice();
}
