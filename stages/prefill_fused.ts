import { EMPTY, type Observable, of } from "rxjs";
import { z } from "zod";
import type { Port } from "../core/port.ts";
import {
  type AnyStage,
  defineStage,
  type FuseNext,
  type StageContext,
} from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import type { EvictorOptions } from "./evict/evictor_options.ts";
import { evictorOf } from "./evict/evictor_spec.ts";
import { fusedEvictor, whyNotFused } from "./evict/fused_evictor.ts";
import { prefillChunks } from "./prefill_chunks.ts";
import type { Chunk, KvChunk, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** A stage that prefills, and its options. */
export interface PrefillNode {
  readonly stage: AnyStage;
  readonly options: { readonly batch: number };
}

/** What arrives at a stage that prefills. */
interface Arriving {
  readonly chunks: Observable<Chunk>;
  readonly model: Observable<LanguageModel>;
  /** In the one-pass form. */
  readonly prompt?: Observable<Prompt>;
}

/**
 * Prefill and the evictor behind it as one stage: only the entries that are kept leave the session, and only they
 * are leased. With a model that cannot, one stage runs after the other.
 */
export function fuseWithEvictor(
  first: PrefillNode,
  next: FuseNext,
): AnyStage | string {
  const spec = evictorOf(next.stage);
  if (!spec) return `${next.stage.name} needs the whole KV`;
  const options = next.options as EvictorOptions;
  const inputs: Readonly<Record<string, Port>> = first.stage.inputs;
  const asks = "prompt" in inputs;
  const why = whyNotFused(spec, options, next.inputs);
  if (why) return why;
  const evictor = fusedEvictor(spec, options, asks && next.reads("question"));
  const { batch } = first.options;
  return defineStage({
    name: `${first.stage.name}+${next.stage.name}`,
    summary: `${first.stage.summary}; only the best entries leave it`,
    inputs,
    outputs: next.stage.outputs as Readonly<Record<string, Port>>,
    options: z.unknown(),
    run: (streams, _options, ctx) => {
      const { chunks, model, prompt } = streams as unknown as Arriving;
      const work = (
        { model, prompt }: { model: LanguageModel; prompt?: Prompt },
        chunks: Observable<Chunk>,
      ) =>
        model.prefillEvicted
          ? prefillChunks(chunks, {
            ...{ model, batch, ctx, evictor },
            ...(prompt && { tail: prompt.tail }),
          })
          : inTurn(first, next, { chunks, model, prompt }, ctx);
      return {
        chunks: prompt
          ? withSingles({ model, prompt }, work, chunks)
          : withSingles({ model }, work, chunks),
      };
    },
  });
}

/** The two stages, one after the other. */
function inTurn(
  first: PrefillNode,
  next: FuseNext,
  { chunks, model, prompt }: {
    readonly chunks: Observable<Chunk>;
    readonly model: LanguageModel;
    readonly prompt: Prompt | undefined;
  },
  ctx: StageContext,
): Observable<KvChunk> {
  const singles = { model: of(model), prompt: prompt ? of(prompt) : EMPTY };
  const whole = first.stage.run({ ...singles, chunks }, first.options, ctx);
  const evicted = next.stage.run(
    { ...singles, allocator: EMPTY, chunks: whole.chunks! },
    next.options,
    ctx,
  );
  return evicted.chunks as Observable<KvChunk>;
}
