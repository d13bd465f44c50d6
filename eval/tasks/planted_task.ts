import type { GeneratedTask } from "./generated_task.ts";
import { plantInText } from "./plant.ts";
import { type Random, shuffled } from "./random.ts";

/** What a task plants in running text, and asks in one form. */
export interface Planted {
  /** Sentences, each planted at a depth of its own, in random order. */
  readonly sentences: readonly string[];
  readonly question: string;
  readonly answerPrefix: string;
  readonly answer: string;
  readonly evidence: readonly string[];
}

/** A task of one answer, which has no second template: both ask alike. */
export function plantedTask(
  { name, summary, maxTokens, plant }: {
    readonly name: string;
    readonly summary: string;
    readonly maxTokens: number;
    readonly plant: (random: Random) => Planted;
  },
): GeneratedTask {
  return {
    name,
    summary,
    source: "this project",
    metric: "contains-any",
    maxTokens: { short: maxTokens, ruler: maxTokens },
    draw(random, { haystack }) {
      const { sentences, answer, ...asked } = plant(random);
      const needles = shuffled(sentences, random);
      const document = plantInText(haystack, needles, random);
      return { ...asked, expected: [answer], least: needles.length, document };
    },
  };
}
