import { book, haystackOf } from "../../../eval/tasks/haystack.ts";
import { makeCase } from "../../../eval/tasks/make_case.ts";
import { passkey } from "../../../eval/tasks/passkey.ts";
import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";

/** A pass key in a stretch of Moby-Dick: the document, the question as it is completed, and the key. */
export function passkeyCase(
  tokenizer: Tokenizer,
  length: number,
  seed: number,
): {
  readonly document: string;
  readonly question: string;
  readonly answer: string;
} {
  const haystack = haystackOf(book());
  const source = { tokenizer, haystack, template: "short" } as const;
  const made = makeCase(passkey, length, seed, source);
  const question = `${made.question}${made.answerPrefix}`;
  return { document: made.document, question, answer: made.expected[0]! };
}
