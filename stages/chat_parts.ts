import type {
  ChatMessage,
  ChatTemplate,
} from "../io/tokenizer/chat_template.ts";

/** A prompt's text before the document, between document and question, and after the question. */
export interface PromptParts {
  readonly head: string;
  readonly between: string;
  readonly after: string;
}

/** Marks that no template and no text contains. */
const documentMark = "\u0000DOCUMENT\u0000";
const questionMark = "\u0000QUESTION\u0000";

/**
 * Renders a chat template around marks and cuts it at them: one user turn that holds the document, an empty
 * line and the question, or what `turn` puts around them, and the opening of the assistant's turn.
 */
export function chatParts(
  template: ChatTemplate,
  system?: string,
  turn: PromptParts = { head: "", between: "\n\n", after: "" },
): PromptParts {
  const content =
    `${turn.head}${documentMark}${turn.between}${questionMark}${turn.after}`;
  const messages: ChatMessage[] = [{ role: "user", content }];
  if (system !== undefined) {
    messages.unshift({ role: "system", content: system });
  }
  const rendered = template.render(messages);
  const [head, tail, ...moreDocuments] = rendered.split(documentMark);
  const [between, after, ...moreQuestions] = (tail ?? "").split(questionMark);
  if (
    after === undefined || moreDocuments.length > 0 || moreQuestions.length > 0
  ) {
    throw new RangeError(
      "The model's chat template does not show the user's message exactly once; use form: plain",
    );
  }
  return { head: head!, between: between!, after };
}

/** Cuts a plain template such as `"{document}\n\nQuestion: {question}\nAnswer:"`; `{document}` may be left out. */
export function plainParts(template: string): PromptParts {
  const [beforeQuestion, after, ...moreQuestions] = template.split(
    "{question}",
  );
  if (after === undefined || moreQuestions.length > 0) {
    throw new RangeError(
      `Template '${template}' must contain {question} exactly once`,
    );
  }
  const pieces = beforeQuestion!.split("{document}");
  if (pieces.length > 2 || after.includes("{document}")) {
    throw new RangeError(
      `Template '${template}' may contain {document} once, before {question}`,
    );
  }
  return pieces.length === 2
    ? { head: pieces[0]!, between: pieces[1]!, after }
    : { head: "", between: pieces[0]!, after };
}
