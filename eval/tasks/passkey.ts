import { digits } from "./drawn_text.ts";
import { plantedTask } from "./planted_task.ts";

/** A number hidden once; nothing else in the text looks like it. */
export const passkey = plantedTask({
  name: "passkey",
  summary: "a number of five digits, the only one of its kind",
  maxTokens: 16,
  plant(random) {
    const key = digits(5, random);
    const sentence =
      `The pass key is ${key}. Remember it. ${key} is the pass key.`;
    return {
      sentences: [sentence],
      question: "What is the pass key?",
      answerPrefix: " The pass key is",
      answer: key,
      evidence: [sentence],
    };
  },
});
