import type { ChatMessage, ChatTemplate } from "./chat_template.ts";

/** A stretch of a rendered conversation. */
export interface ChatPiece {
  readonly text: string;
  /** Whether the template wrote it; otherwise it is a message's content. */
  readonly template: boolean;
}

/** Stands for a message's content while the template runs; private use, so no text means it. */
const mark = (index: number) => `\u{10fffd}${index}\u{10fffd}`;
const MARKS = /\u{10fffd}(\d+)\u{10fffd}/u;

/**
 * Renders a conversation with the messages' contents kept apart from the
 * template's own text, so that contents can be encoded as plain text: what a
 * user writes then never becomes a special token.
 *
 * The template sees placeholders: what it does to a content (`trim`) is left
 * undone, and a content it drops is dropped.
 */
export function chatPieces(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
): ChatPiece[] {
  const text = template.render(
    messages.map(({ role }, i) => ({ role, content: mark(i) })),
  );
  return text.split(MARKS)
    .map((part, i) =>
      i % 2 === 0
        ? { text: part, template: true }
        : { text: messages[Number(part)]?.content ?? "", template: false }
    )
    .filter((piece) => piece.text !== "");
}
