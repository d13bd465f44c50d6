import type { Metric } from "../../metric.ts";
import { behind } from "../infinitebench/behind.ts";
import { debugMarks, opensWith } from "../infinitebench/code_debug.ts";
import { blank, singleBlanks, strip } from "../python_text.ts";
import { seededLetter } from "./seeded_letter.ts";

const prefixes = ["answer is:", "is:", "answer:"];
const morePrefixes = ["answer is", "error is"];

/** InfLLM's score of `code_debug` where an unreadable prediction is wrong. References: the function's name, then its letter. */
export const infllmCodeDebug: Metric = {
  name: "infllm-code-debug",
  source:
    "InfLLM benchmark/infinitebench_eval.py: get_score_one_code_debug, without its guess",
  score: (prediction, { expected }) => verdict(prediction, expected) ? 1 : 0,
};

/** The same with InfLLM's guess: for an unreadable prediction a letter is drawn, by the function's name as the seed. Worth about 25 %. */
export const infllmCodeDebugGuess: Metric = {
  name: "infllm-code-debug-guess",
  source: "InfLLM benchmark/infinitebench_eval.py: get_score_one_code_debug",
  score(prediction, { expected }) {
    const [name = "", letter = ""] = expected;
    const right = verdict(prediction, expected) ??
      seededLetter(name) === letter;
    return right ? 1 : 0;
  },
};

/** Whether the prediction is right; `undefined` where it says neither. */
function verdict(
  prediction: string,
  [name = "", letter = ""]: readonly string[],
): boolean | undefined {
  if (opensWith(prediction, letter)) return true;
  const text = singleBlanks(blank(strip(prediction), debugMarks));
  const first = behind(text, prefixes);
  // The second look begins where the first one ended.
  const second = behind(
    first === undefined || first === "\0" ? text : first,
    morePrefixes,
  );
  if (first === undefined && second === undefined) return undefined;
  return [first, second].some((after) =>
    after !== undefined && (after.startsWith(letter) || after.startsWith(name))
  );
}
