import { needles } from "../../../eval/suites/needles.ts";
import type { EvalCase } from "../../../eval/eval_case.ts";
import { openModel } from "../../../io/open_model.ts";

/** Two kinds of question about Moby-Dick with something planted in it: the words of the text again, and other words. */
const choice = {
  tasks: ["niah_single_2", "fact"],
  lengths: [8192], // four times the bundled model's window
  seeds: [0, 1, 2],
};

/** The documents that are looked at, the same every time. */
export async function figureDocuments(): Promise<EvalCase[]> {
  await using model = await openModel("tiny");
  const cases: EvalCase[] = [];
  for await (const made of needles.cases(choice, model)) cases.push(made);
  return cases;
}

/** The question as the model reads it. */
export function questionOf({ question, answerPrefix = "" }: EvalCase): string {
  return question + answerPrefix;
}
