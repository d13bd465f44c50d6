import { cities, jobs, people } from "./people.ts";
import { plantedTask } from "./planted_task.ts";
import { below, pick } from "./random.ts";

/** Six facts about people: homes of three, professions of three; one is asked for. */
export const fact = plantedTask({
  name: "fact",
  summary: "one of six facts about people",
  maxTokens: 16,
  plant(random) {
    const names = pick(people, 6, random);
    const homes = pick(cities, 3, random);
    const trades = pick(jobs, 3, random);
    const sentences = names.map((name, i) =>
      i < 3
        ? `${name} lives in ${homes[i]}.`
        : `${name} is a ${trades[i - 3]} by profession.`
    );
    const asked = below(6, random);
    const name = names[asked]!;
    return {
      sentences,
      question: asked < 3
        ? `Where does ${name} live?`
        : `What is the job of ${name}?`,
      answerPrefix: "\nAnswer:",
      answer: [...homes, ...trades][asked]!,
      evidence: [sentences[asked]!],
    };
  },
});
