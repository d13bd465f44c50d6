import { of } from "rxjs";
import { z } from "zod";
import { whileParked } from "../core/owned.ts";
import { owning } from "../core/owning.ts";
import { single } from "../core/port.ts";
import { defineStage, type StageContext } from "../core/stage.ts";
import { heldBytes } from "../kernels/cache/held_entries.ts";
import type { KvCache } from "../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { chunkBias } from "./cache/chunk_bias.ts";
import { heldTokens } from "./cache/held_tokens.ts";
import { rereadContext } from "./cache/merged_context.ts";
import { chunkBudget } from "./chunk/budget.ts";
import { MergedContext, Model, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `reread`. */
export const RereadOptions = z.strictObject({
  answerTokens: z.int().min(0).default(64).describe(
    "tokens of the window kept free for the answer",
  ),
  nats: z.number().min(0).default(0).describe(
    "bias of a chunk's tokens for every unit by which its score lies behind the best that is read; 0 is off",
  ),
});

/**
 * Prefills the tokens that a merged context still holds as one text, in the document's order, at the positions of one
 * chunk: what was chosen from many chunks sees itself as a model sees a text inside its window, where merged chunks never
 * saw each other. It costs the prefill of so many tokens a question. As many tokens stay as a head holds, those that most
 * heads hold (let `share: model` keep the same entries everywhere; layers with a sliding window have no say where others
 * see further); what does not fit the window with question and answer is left out with a warning, of the worst chunks
 * first. The context of a single chunk stays as it is: it saw itself already. What a calibrator weighed, and what an
 * evictor merged into entries, is gone; `nats` weighs tokens anew by the scores of their chunks, as `calibrate.score`
 * does. Behind it, positions (of `protect`, say) are those in the text that was read. It may stand in a graph again,
 * behind an evictor: then less is read a second time, with less beside it.
 *
 * Choosing text by the model's own statistics and reading it anew is what Selective Context (arXiv 2310.06201) and
 * LLMLingua (arXiv 2310.05736) do to prompts that fit the window; here prefilled chunks say what is chosen, so that no
 * text is too long.
 *
 * It breaks where the answer needs more of the document than fits once.
 */
export const reread = defineStage({
  name: "reread",
  summary: "Prefills what is left of all chunks once more, as one text",
  inputs: {
    context: single(MergedContext, { needs: ["tokens"] }),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { context: single(MergedContext, { gives: ["fp32", "tokens"] }) },
  options: RereadOptions,
  run: (inputs, options, ctx) => ({
    context: withSingles(
      inputs,
      ({ context, prompt, model }) =>
        of(context).pipe(
          owning(
            ctx.node,
            1,
            (context, signal) =>
              readAgain(context, options, {
                prompt,
                model,
                ctx: { ...ctx, signal },
              }),
          ),
        ),
    ),
  }),
});

/** With what is read. */
interface Work {
  readonly prompt: Prompt;
  readonly model: LanguageModel;
  readonly ctx: StageContext;
}

async function readAgain(
  context: MergedContext,
  { answerTokens, nats }: z.output<typeof RereadOptions>,
  { prompt, model, ctx }: Work,
): Promise<MergedContext> {
  if (context.kept.length <= 1) return context;
  const { lead } = prompt;
  const room = chunkBudget(model, prompt, {
    answerTokens,
    questionTokens: 0,
    window: "model",
  });
  const { config } = model;
  const bias = nats > 0 ? chunkBias(context, nats) : undefined;
  const { tokens, left } = heldTokens(context, { room, config });
  if (tokens.length === 0) return context;
  if (left > 0) {
    ctx.emit({
      type: "warning",
      message: `Of ${
        tokens.length + left
      } tokens that were kept, ${left} are not read again: with question and answer they do not fit the model's window of ${config.window}; allow a shorter answer, or keep fewer before 'reread' (total: ${
        lead.length + room
      }, --set rereadTokens=${lead.length + room})`,
    });
  }
  const ids = Int32Array.from([...lead, ...tokens.map(({ id }) => id)]); // [lead + tokens]
  const { signal } = ctx;
  const lease = await whileParked(
    [context],
    ctx.node,
    () => ctx.budget.lease(heldBytes(config, ids.length), signal),
  );
  let cache: KvCache | undefined;
  try {
    const positions = ids.length + prompt.tail.length;
    cache = (await model.prefill([{ ids, positions }], signal))[0]!.cache;
    ctx.emit({
      type: "metric",
      name: "rereadTokens",
      value: tokens.length,
      unit: "tokens",
    });
    return rereadContext(context, cache, { tokens, lead, lease, bias });
  } catch (error) {
    cache?.dispose?.();
    lease[Symbol.dispose]();
    throw error;
  }
}
