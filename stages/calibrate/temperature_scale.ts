import { of } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { single } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { describeMergedContext } from "../cache/merged_context.ts";
import { MergedContext, Prompt } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** Options of `calibrate.temperature-scale`. */
export const TemperatureScaleOptions = z.strictObject({
  temperature: z.number().gt(0).default(1).describe(
    "divides the scores of the context's entries; below 1 attention is sharper, 1 is off",
  ),
  scale: z.number().gt(0).default(1).describe(
    "multiplies, with the temperature, the log-sum-exp of those scores; 1 is off",
  ),
});

/**
 * APE (arXiv 2502.05431): chunks that were prefilled apart draw attention apart, which makes it flat and too large in
 * sum. With temperature T and scale S the context's scores become s' = s / T, and their log-sum-exp, that is the
 * context's weight against question and answer, S · T · LSE(s'): every s' is moved by (S · T − 1) · LSE(s'). The lead
 * (BOS, template head) and the tail stay as they are, as the source has it (released code for S · T; the prefix is not
 * context). It holds for decoding, and for stages that ask the question over the merged cache behind this one; the
 * second of two such stages sets the first aside. T = S = 1 is the context itself and costs nothing; otherwise decoding
 * runs in a session of its own, with a copy of the weights.
 *
 * It breaks far from 1: the source finds T and S by search for a model and a task, mostly in 0.5 … 1 (and so do
 * its published tables: 0.2 loses a quarter of the points). S · T < 1 shrinks a positive log-sum-exp and grows a
 * negative one.
 */
export const calibrateTemperatureScale = defineStage({
  name: "calibrate.temperature-scale",
  summary:
    "Sharpens the attention to the merged cache and scales its weight against question and answer (APE)",
  inputs: { context: single(MergedContext), prompt: single(Prompt) },
  outputs: { context: single(MergedContext, { like: "context" }) },
  options: TemperatureScaleOptions,
  run: (inputs, { temperature, scale }, ctx) => ({
    context: withSingles(
      inputs,
      ({ context, prompt }) =>
        of(context).pipe(owning(ctx.node, 1, (context) => {
          if (temperature === 1 && scale === 1) return Promise.resolve(context);
          const from = prompt.lead.length;
          const tempering = { temperature, scale, from };
          const cache = { ...context.cache, tempering };
          return Promise.resolve(describeMergedContext(context, cache));
        })),
    ),
  }),
});
