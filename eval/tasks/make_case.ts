import type { Tokenizer } from "../../io/tokenizer.ts";
import type { EvalCase } from "../eval_case.ts";
import { fitSize } from "./fit_size.ts";
import type { Draft, GeneratedTask, Template } from "./generated_task.ts";
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
 * @throws {RangeError} If the length is too short for the task.
 */
export function makeCase(
  task: GeneratedTask,
  length: number,
  seed: number,
  source: CaseSource,
): EvalCase {
  const random = seededBy(`${task.name}/${length}/${seed}`);
  const draft = task.draw(random, { ...source, length });
  return fitCase(task, draft, { ...source, length, seed });
}

/**
 * The case of a draft.
 *
 * Its length is RULER's `max_seq_length`: a token for BOS, the document, an empty line, the question, the answer's
 * prefix and all tokens of an answer are at most `length`, and within 1 % of it or a line of the haystack. Tokens of a
 * chat template come on top.
 *
 * @throws {RangeError} If the length is too short for it.
 */
export function fitCase(
  { name, metric, maxTokens: most }: Pick<
    GeneratedTask,
    "name" | "metric" | "maxTokens"
  >,
  draft: Draft,
  { length, seed, template, tokenizer }: Omit<CaseSource, "haystack"> & {
    readonly length: number;
    readonly seed: number;
  },
): EvalCase {
  const maxTokens = most[template];
  const { question, answerPrefix, expected, evidence, least } = draft;
  const count = (size: number) =>
    promptTokens({ ...draft, document: draft.document(size) }, tokenizer);
  const size = fitSize(count, length - maxTokens, least);
  if (size === undefined) {
    throw new RangeError(
      `A length of ${length} tokens is too short for the task '${name}'; ask for at least ${
        count(least) + maxTokens
      }`,
    );
  }
  const form = template === "short" ? "" : `${template}/`;
  return {
    id: `${name}/${form}${length}/${seed}`,
    task: name,
    length,
    seed,
    document: draft.document(size),
    question,
    answerPrefix,
    expected,
    ...(evidence && { evidence }),
    metric,
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
