import { z } from "zod";
import { readJson } from "../../io/files/json_file.ts";
import type { DocumentQuestion, QuestionSet } from "./question_set.ts";

/** What is read of SQuAD 2.0's `dev-v2.0.json`. */
const Squad = z.object({
  data: z.array(z.object({
    paragraphs: z.array(z.object({
      context: z.string(),
      qas: z.array(z.object({
        question: z.string(),
        is_impossible: z.boolean(),
        answers: z.array(
          z.object({ text: z.string(), answer_start: z.int().min(0) }),
        ),
      })),
    })),
  })),
});

/**
 * SQuAD 2.0's questions that have an answer, in the file's order; near to a paragraph are those of its article (RULER,
 * `scripts/data/synthetic/qa.py`, `read_squad`).
 *
 * @throws {FormatError} If the file is not of that form.
 */
export async function readSquad(path: string): Promise<QuestionSet> {
  const { data } = await readJson(path, Squad);
  const paragraphs = data.flatMap((article) => article.paragraphs);
  const documents = [...new Set(paragraphs.map(({ context }) => context))];
  const indices = new Map(documents.map((context, i) => [context, i]));
  const questions = data.flatMap((article): DocumentQuestion[] => {
    const inArticle = article.paragraphs.map(({ context }) =>
      indices.get(context)!
    );
    return article.paragraphs.flatMap(({ context, qas }) => {
      const own = indices.get(context)!;
      return qas.filter((qa) => !qa.is_impossible).map((qa) => ({
        query: qa.question,
        answers: qa.answers.map(({ text }) => text),
        about: [own],
        near: [...new Set(inArticle)].filter((i) => i !== own),
        evidence: [sentenceAt(context, qa.answers[0]?.answer_start ?? 0)],
      }));
    });
  });
  return { questions, documents };
}

/** The sentence at a character of a text; characters are Unicode's, as Python counts them. */
function sentenceAt(text: string, at: number): string {
  const offset = [...text].slice(0, at).join("").length;
  for (const { 0: sentence, index } of text.matchAll(/.+?(?:[.!?]\s+|$)/gs)) {
    if (index + sentence.length > offset) return sentence.trim();
  }
  return text;
}
