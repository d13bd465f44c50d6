import { Template } from "@huggingface/jinja";
import type { ChatMessage, ChatTemplate } from "./chat_template.ts";
import { FormatError } from "../format_error.ts";

/** What a template may refer to besides the messages. */
export interface TemplateTokens {
  readonly bosToken: string;
  readonly eosToken: string;
  /** Whether callers put BOS before every text, templates' too. */
  readonly addBos: boolean;
}

/**
 * A chat template in Jinja, as model files carry it.
 *
 * Where callers add BOS themselves, a BOS text that the template puts first is
 * left out of what `render` returns.
 *
 * @param path The file it came from, for errors.
 * @throws {FormatError} If the template cannot be parsed.
 */
export function jinjaTemplate(
  source: string,
  tokens: TemplateTokens,
  path: string,
): ChatTemplate {
  const template = attempt(path, () => new Template(source));
  return {
    render(messages: readonly ChatMessage[]): string {
      const text = attempt(path, () =>
        template.render({
          messages: messages.map((message) => ({ ...message })),
          add_generation_prompt: true,
          bos_token: tokens.bosToken,
          eos_token: tokens.eosToken,
        }));
      const twice = tokens.addBos && text.startsWith(tokens.bosToken);
      return twice ? text.slice(tokens.bosToken.length) : text;
    },
  };
}

function attempt<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      path,
      `its chat template does not work (${reason}); use the plain prompt form instead`,
      undefined,
      { cause },
    );
  }
}
