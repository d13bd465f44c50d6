import { z } from "zod";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { Prompt } from "../types.ts";

/** Options of every stage that fits chunks into the model's window. */
export const ChunkBudgetOptions = z.strictObject({
  answerTokens: z.int().min(0).default(64).describe(
    "tokens of the window kept free for the answer",
  ),
  questionTokens: z.int().min(0).default(0).describe(
    "tokens kept free for the question at least, so that longer questions on the same document fit later",
  ),
  window: z.union([z.literal("model"), z.int().min(1)]).default("model")
    .describe("window in tokens, or the model's own"),
});

/** Fewer document tokens a chunk than this make no sense. */
const smallest = 64;

/**
 * Document tokens that fit into one chunk: window − lead − question − answer.
 * Fewer than 64 are a `RangeError` that shows every term.
 */
export function chunkBudget(
  { config }: Pick<LanguageModel, "config">,
  { lead, tail }: Pick<Prompt, "lead" | "tail">,
  options: z.output<typeof ChunkBudgetOptions>,
): number {
  const window = options.window === "model" ? config.window : options.window;
  const question = Math.max(tail.length, options.questionTokens);
  const budget = window - lead.length - question - options.answerTokens;
  if (budget < smallest) {
    throw new RangeError(
      `No room for a chunk: of a window of ${window} tokens, lead ${lead.length}, question ${question} and answer ${options.answerTokens} leave ${
        Math.max(budget, 0)
      }, at least ${smallest} are needed; shorten the question or allow fewer tokens for the answer (maxTokens, --max-tokens)`,
    );
  }
  return budget;
}
