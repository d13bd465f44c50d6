import { z } from "zod";
import { readJson } from "../../io/files/json_file.ts";
import type { QuestionSet } from "./question_set.ts";

/** What is read of HotpotQA's `hotpot_dev_distractor_v1.json`. */
const Hotpot = z.array(z.object({
  question: z.string(),
  answer: z.string(),
  supporting_facts: z.array(z.tuple([z.string(), z.int()])),
  context: z.array(z.tuple([z.string(), z.array(z.string())])),
}));

/**
 * HotpotQA's questions with their ten paragraphs, in the file's order; a document is a title and its sentences (RULER,
 * `scripts/data/synthetic/qa.py`, `read_hotpotqa`).
 *
 * @throws {FormatError} If the file is not of that form.
 */
export async function readHotpotqa(path: string): Promise<QuestionSet> {
  const data = await readJson(path, Hotpot);
  const paragraphs = data.flatMap(({ context }) => context.map(documentOf));
  const documents = [...new Set(paragraphs)];
  const indices = new Map(documents.map((document, i) => [document, i]));
  const questions = data.map((asked) => ({
    query: asked.question,
    answers: [asked.answer],
    about: asked.context.map((paragraph) =>
      indices.get(documentOf(paragraph))!
    ),
    near: [],
    evidence: asked.supporting_facts.flatMap(([title, number]) => {
      const [, sentences] = asked.context.find(([t]) => t === title) ?? [];
      const sentence = sentences?.[number]?.trim(); // a few numbers are past the end
      return sentence ? [sentence] : [];
    }),
  }));
  return { questions, documents };
}

function documentOf([title, sentences]: [string, string[]]): string {
  return `${title}\n${sentences.join("")}`;
}
