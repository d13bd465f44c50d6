import { HubError } from "./hub_error.ts";

/**
 * The token that is given, or else the one in a file; none where neither is there.
 *
 * @throws {HubError} If it is not a token, with the place that it came from and without the token.
 */
export function readToken(
  given: string | undefined,
  file: string,
): string | undefined {
  if (given?.trim()) return checked(given.trim(), "HF_TOKEN");
  let text: string;
  try {
    text = Deno.readTextFileSync(file).trim();
  } catch {
    return undefined; // most people have none
  }
  return text === "" ? undefined : checked(text, `The file '${file}'`);
}

function checked(token: string, place: string): string {
  if (/^hf_[\x21-\x7e]+$/.test(token)) return token;
  throw new HubError(
    "setting",
    `${place} holds no token of the hub; one begins with hf_ (https://huggingface.co/settings/tokens)`,
  );
}
