import type { HubClient } from "./hub_client.ts";
import { HubError } from "./hub_error.ts";
import type { HubReference } from "./reference.ts";
import { refusalOf } from "./refusal.ts";
import { request } from "./request.ts";
import { withRetries } from "./retry.ts";

/** Bytes of a list of files at most. */
const LARGEST = 64 * 2 ** 20;

/**
 * The `fetch` that `@huggingface/hub` asks the hub with: the answer is there whole, or a {@linkcode HubError} says why
 * not.
 */
export function hubFetch(
  wanted: HubReference,
  client: HubClient,
): typeof fetch {
  const ask = async (address: string): Promise<Response> => {
    const answer = await request(
      address,
      { accept: "application/json" },
      client,
    );
    const refusal = refusalOf(answer, wanted, client);
    if (refusal) {
      answer.cancel();
      throw refusal;
    }
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const piece of answer.read()) {
      bytes += piece.length;
      if (bytes > LARGEST) {
        throw new HubError("server", `'${answer.host}' sends a list too long`);
      }
      pieces.push(new Uint8Array(piece));
    }
    const { status, headers } = answer;
    return new Response(new Blob(pieces), { status, headers });
  };
  return (input) => withRetries(() => ask(String(input)), client);
}
