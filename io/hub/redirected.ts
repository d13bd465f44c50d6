import { HubError } from "./hub_error.ts";

/**
 * Where a redirect leads.
 *
 * @throws {HubError} If that is no web address, or not encrypted where the redirect itself was.
 */
export function redirected(location: string, from: URL): URL {
  const url = URL.parse(location, from.href);
  const safe = url?.protocol === "https:" ||
    (url?.protocol === "http:" && from.protocol === "http:");
  if (url && safe) return url;
  throw new HubError(
    "server",
    `'${from.host}' redirects to '${location}', which is no safe address`,
  );
}
