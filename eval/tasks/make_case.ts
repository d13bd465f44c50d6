import type { Tokenizer } from "../../io/tokenizer.ts";
import type { EvalCase } from "../eval_case.ts";
import { fitSize } from "./fit_size.ts";
import type { GeneratedTask, Template } from "./generated_task.ts";
import type { Haystack } from "./haystack.ts";
import { seededBy } from "./random.ts";

/** What cases are made of. */
export interface CaseSource {
  readonly tokenizer: Pick<Tokenizer, "encode">;
  readonly haystack: Haystack;
  readonly template: Template;
}

/**
 * The case of a task, a length and a seed; the same on every machine.
 *
 * Its length is RULER's `max_seq_length`: a token for BOS, the document, an empty line, the question, the answer's
 * prefix and all tokens of an answer are at most `length`, and within 1 % of it or a line of the haystack. Tokens of a
 * chat template come on top. A length too short for the task is a `RangeError`.
 */
export function makeCase(
  task: GeneratedTask,
  length: number,
  seed: number,
  { tokenizer, haystack, template }: CaseSource,
): EvalCase {
  const random = seededBy(`${task.name}/${length}/${seed}`);
  const draft = task.draw(random, { template, length, haystack });
  const { question, answerPrefix, expected, evidence, least } = draft;
  const maxTokens = task.maxTokens[template];
  const size = fitSize(
    (size) =>
      promptTokens({ ...draft, document: draft.document(size) }, tokenizer),
    length - maxTokens,
    least,
  );
  if (size === undefined) {
    const document = draft.document(least);
    const needed = promptTokens({ ...draft, document }, tokenizer) + maxTokens;
    throw new RangeError(
      `A length of ${length} tokens is too short for the task '${task.name}'; ask for at least ${needed}`,
    );
  }
  const form = template === "short" ? "" : `${template}/`;
  return {
    id: `${task.name}/${form}${length}/${seed}`,
    task: task.name,
    length,
    seed,
    document: draft.document(size),
    question,
    answerPrefix,
    expected,
    ...(evidence && { evidence }),
    metric: task.metric,
    maxTokens,
  };
}

/** Tokens of BOS, document, an empty line, question and the answer's prefix. */
export function promptTokens(
  { document, question, answerPrefix = "" }: Pick<
    EvalCase,
    "document" | "question" | "answerPrefix"
  >,
  tokenizer: Pick<Tokenizer, "encode">,
): number {
  return 1 +
    tokenizer.encode(`${document}\n\n${question}${answerPrefix}`).length;
}
