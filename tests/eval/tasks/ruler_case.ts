import { needles } from "../../../eval/suites/needles.ts";
import { wordTokenizer } from "./word_tokenizer.ts";

/** Where `tools/ruler_parity.py` writes. */
export const fixtures = new URL("../../fixtures/ruler/", import.meta.url);

/** A prompt, from RULER or from here, with what is right. */
export interface RulerCase {
  readonly task: string;
  readonly maxSeqLength: number;
  /** All of it, with the answer's prefix. */
  readonly prompt: string;
  readonly outputs: readonly string[];
}

/** Every case that RULER's generator wrote, of the given tasks. */
export async function rulerCases(
  tasks: readonly string[],
): Promise<RulerCase[]> {
  const text = await Deno.readTextFile(new URL("cases.jsonl", fixtures));
  return text.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ task }) => tasks.includes(task))
    .map(({ input, answer_prefix: prefix, ...rest }) => ({
      ...rest,
      prompt: input + prefix,
    }));
}

/** The case that the suite makes of the same task and length, in RULER's template, counted by the same tokens. */
export async function ownCase(
  { task, maxSeqLength }: RulerCase,
  seed: number,
): Promise<RulerCase> {
  const choice = { tasks: [task], lengths: [maxSeqLength], seeds: [seed] };
  const cases = needles.cases(
    { ...choice, template: "ruler" },
    { tokenizer: wordTokenizer },
  );
  for await (const made of cases) {
    const { lead, document, question, answerPrefix, expected } = made;
    const prompt = lead! + document + question + answerPrefix;
    return { task, maxSeqLength, prompt, outputs: expected };
  }
  throw new Error("no case");
}
