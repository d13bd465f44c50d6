import type { HubClient } from "./hub_client.ts";
import { HubError } from "./hub_error.ts";
import { formatReference, type HubReference } from "./reference.ts";
import type { HubAnswer } from "./request.ts";
import { Transient } from "./retry.ts";

/** Statuses that often mend by themselves. */
const passing = [408, 425, 429, 500, 502, 503, 504];

/** Why an answer is no good: an error with what to do about it; nothing where the status says that all is well. */
export function refusalOf(
  answer: HubAnswer,
  wanted: HubReference,
  { endpoint, token }: Pick<HubClient, "endpoint" | "token">,
): HubError | Transient | undefined {
  const { status, host, headers } = answer;
  const { repository } = wanted;
  if (status < 400) return isPage(answer) ? webPage(host) : undefined;
  if (passing.includes(status)) {
    return new Transient(
      status === 429 ? "busy" : "server",
      status === 429
        ? `'${host}' answers 429: too many requests`
        : `'${host}' fails with status ${status}`,
      {
        wait: retryAfter(headers.get("retry-after")),
        advice: status === 429 && token === undefined
          ? "try again later, or give a token in HF_TOKEN, which may ask more often"
          : "try again later",
      },
    );
  }
  const code = headers.get("x-error-code") ?? "";
  if (code === "GatedRepo" || (status === 403 && code === "")) {
    const page = `${endpoint}/${repository}`;
    return new HubError(
      "gated",
      token === undefined
        ? `Model '${repository}' is gated: ask for access at ${page}, then give a token of that account in HF_TOKEN (${endpoint}/settings/tokens)`
        : `Model '${repository}' is gated and the token's account has no access to it (status ${status}): ask for it at ${page}, or give another token in HF_TOKEN`,
    );
  }
  if (status === 404 && code === "RevisionNotFound") {
    return new HubError(
      "not-found",
      `Model '${repository}' has no revision '${
        wanted.revision ?? "main"
      }'; name a branch, a tag or a commit`,
    );
  }
  if (status === 404 && code === "EntryNotFound") {
    return new HubError("not-found", `'${formatReference(wanted)}' is gone`);
  }
  if (status === 404 || (status === 401 && token === undefined)) {
    return new HubError(
      "not-found",
      `The hub knows no model '${repository}'${
        token === undefined
          ? "; check the spelling, or give a token in HF_TOKEN if it is private"
          : " that this token may see; check the spelling"
      }`,
    );
  }
  return new HubError(
    "refused",
    status === 401
      ? `'${host}' refuses the token (status 401); it may have expired: make another at ${endpoint}/settings/tokens and give it in HF_TOKEN`
      : `'${host}' refuses with status ${status}`,
  );
}

/** The error for a page where a file should be. */
function webPage(host: string): HubError {
  return new HubError(
    "web-page",
    `'${host}' sent a web page instead of the file, as a proxy or a login does; check the connection and HF_ENDPOINT, or give a token in HF_TOKEN`,
  );
}

function isPage({ headers }: HubAnswer): boolean {
  return /^text\/html/i.test(headers.get("content-type") ?? "");
}

/** Milliseconds out of `Retry-After`: seconds, or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
