import type { ChatMessage, LanguageModel } from "../../mod.ts";
import { sha256 } from "../experiment/sha256.ts";

const conversation: readonly ChatMessage[] = [
  { role: "user", content: "First question" },
  { role: "assistant", content: "First answer" },
  { role: "user", content: "Second question" },
];

/** Hash of what a model's chat template makes of a small conversation; nothing where the model has none. */
export function chatTemplateHash(
  { chatTemplate }: Pick<LanguageModel, "chatTemplate">,
): string | null {
  if (!chatTemplate) return null;
  try {
    return sha256(chatTemplate.render(conversation));
  } catch {
    return sha256(chatTemplate.render(conversation.slice(0, 1))); // one turn is all that it takes
  }
}
