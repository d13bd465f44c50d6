import { hex } from "./drawn_text.ts";
import { plantedTask } from "./planted_task.ts";
import { below, distinct } from "./random.ts";

/** Eleven pairs of hexadecimal strings; the value under one key is asked for. */
export const hexKv = plantedTask({
  name: "hex-kv",
  summary: "the value of one of eleven hexadecimal keys",
  maxTokens: 16,
  plant(random) {
    const keys = distinct(11, () => hex(8, random));
    const values = distinct(11, () => hex(8, random));
    const pairs = keys.map((key, i) => `"${key}": "${values[i]}"`);
    const asked = below(keys.length, random);
    return {
      sentences: pairs,
      question: `Question: What is the value for the key "${keys[asked]}"?`,
      answerPrefix: "\nAnswer:",
      answer: values[asked]!,
      evidence: [pairs[asked]!],
    };
  },
});
