/** One turn. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A model's own chat template. */
export interface ChatTemplate {
  /** The template's text around `messages`, ending where the assistant begins to speak. */
  render(messages: readonly ChatMessage[]): string;
}
