import { cities, firms, people } from "./people.ts";
import { plantedTask } from "./planted_task.ts";
import { pick } from "./random.ts";

/** A person works at a firm, the firm is based in a city; the city of the person's work is asked for. */
export const twoHop = plantedTask({
  name: "two-hop",
  summary: "the city of the firm of a person, two facts among four",
  maxTokens: 16,
  plant(random) {
    const [asked, other, third] = pick(people, 3, random);
    const [firm, otherFirm] = pick(firms, 2, random);
    const [city, otherCity] = pick(cities, 2, random);
    const hops = [`${asked} works at ${firm}.`, `${firm} is based in ${city}.`];
    return {
      sentences: [
        ...hops,
        `${other} works at ${otherFirm}.`,
        `${third} lives in ${otherCity}.`,
      ],
      question: `In which city does ${asked} work?`,
      answerPrefix: "\nAnswer:",
      answer: city!,
      evidence: hops,
    };
  },
});
