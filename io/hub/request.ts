import type { HubClient } from "./hub_client.ts";
import { HubError } from "./hub_error.ts";
import { IdleGuard } from "./idle_guard.ts";
import { redirected } from "./redirected.ts";
import { Transient } from "./retry.ts";

/** What a server answers, behind all redirects. */
export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Headers of the hub itself, before it redirected. */
  readonly hubHeaders: Headers;
  /** Who answers. */
  readonly host: string;
  /** The body; to be read once, or given up with {@linkcode cancel}. */
  read(): AsyncGenerator<Uint8Array>;
  /** Closes the connection. */
  cancel(): void;
}

const MOST_REDIRECTS = 10;
const redirects = [301, 302, 303, 307, 308];

/**
 * Sends one GET request and follows redirects, the token going to the hub alone.
 *
 * @throws {Transient} If there is no connection, or it breaks, or nothing comes for `timing.idle`.
 * @throws {HubError} If the redirects lead nowhere, or the permission is missing.
 */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>>,
  { endpoint, token, timing, signal }: HubClient,
): Promise<HubAnswer> {
  const idle = new IdleGuard(timing.idle, signal);
  const hub = new URL(endpoint).origin;
  let url = new URL(address);
  let hubHeaders: Headers | undefined;
  try {
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const response = await idle.watch(
        fetch(url, {
          headers: {
            ...headers,
            // A compressed body has another length than the file, and cannot be resumed.
            "accept-encoding": "identity",
            ...(token !== undefined && url.origin === hub &&
              { authorization: `Bearer ${token}` }),
          },
          redirect: "manual",
          signal: idle.signal,
        }),
      );
      hubHeaders ??= response.headers;
      const location = response.headers.get("location");
      if (!redirects.includes(response.status) || location === null) {
        return answer(response, { url, hubHeaders, idle, signal });
      }
      await response.body?.cancel();
      url = redirected(location, url);
    }
  } catch (error) {
    throw explain(error, { host: url.host, signal, during: "connect" });
  }
  throw new HubError("server", `'${address}' redirects in a circle`);
}

function answer(
  response: Response,
  { url: { host }, hubHeaders, idle, signal }: {
    readonly url: URL;
    readonly hubHeaders: Headers;
    readonly idle: IdleGuard;
    readonly signal: AbortSignal | undefined;
  },
): HubAnswer {
  const { status, headers, body } = response;
  return {
    status,
    headers,
    hubHeaders,
    host,
    async *read() {
      const reader = body?.getReader();
      try {
        while (reader) {
          const { done, value } = await idle.watch(reader.read());
          if (done) return;
          yield value;
        }
      } catch (error) {
        throw explain(error, { host, signal, during: "read" });
      } finally {
        await reader?.cancel().catch(() => {}); // it may be broken already
      }
    },
    cancel: () => void body?.cancel().catch(() => {}),
  };
}

/** What the network did, as an error that says who and what. */
function explain(
  error: unknown,
  { host, signal, during }: {
    readonly host: string;
    readonly signal: AbortSignal | undefined;
    readonly during: "connect" | "read";
  },
): unknown {
  if (error instanceof HubError || signal?.aborted) return error;
  const advice = "run the same command again: it goes on where it stopped";
  if (error instanceof Transient) { // of the guard, which does not know the host
    const message = `'${host}' ${error.message}`;
    return new Transient(error.kind, message, { advice, cause: error });
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new HubError(
      "permission",
      `Permission missing: --allow-net=${host}; run with: deno task pull`,
      { cause: error },
    );
  }
  if (during === "read") {
    const message = `'${host}' cut the connection`;
    return new Transient("cut", message, { advice, cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replace(/^.*?\): /, ""); // it begins with the address
  return new Transient(
    "unreachable",
    `'${host}' cannot be reached: ${reason}`,
    {
      advice:
        "check the connection and HF_ENDPOINT, or use what is in the cache with --offline",
      cause: error,
    },
  );
}
