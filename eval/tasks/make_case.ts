import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
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
  const draft = task.draw(random, {
    ...source,
    length,
    tokens: (text) => source.tokenizer.encode(text).length,
  });
  return fitCase(task, draft, { ...source, length, seed });
}

/**
 * The case of a draft.
 *
 * Its length is RULER's `max_seq_length`: a token for BOS, lead and document, an empty line where there is no lead, the
 * question, the answer's prefix and all tokens of an answer are at most `length`, and within 1 % of it or a line of the
 * haystack. Tokens of a chat template come on top.
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
  const { document, least, ...asked } = draft;
  const count = (size: number) =>
    promptTokens({ ...asked, document: document(size) }, tokenizer);
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
    ...asked,
    document: document(size),
    metric,
    maxTokens,
    ...(template === "short" && { form: "plain" }),
  };
}

/**
 * Tokens of BOS, lead, document, and of what follows it: an empty line where there is no lead, question and the
 * answer's prefix. Each part is encoded by itself, as in a run.
 */
export function promptTokens(
  { lead, document, question, answerPrefix = "" }: Pick<
    EvalCase,
    "lead" | "document" | "question" | "answerPrefix"
  >,
  tokenizer: Pick<Tokenizer, "encode">,
): number {
  const tail = `${lead === undefined ? "\n\n" : ""}${question}${answerPrefix}`;
  const parts = [lead ?? "", document, tail].map((text) =>
    tokenizer.encode(text).length
  );
  return parts.reduce((sum, tokens) => sum + tokens, 1);
}
