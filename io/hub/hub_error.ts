/** Why a model could not be had from the hub or its cache. */
export type HubErrorKind =
  /** Access must be asked for, or the token's account has none. */
  | "gated"
  /** The hub knows no such repository, revision or file. */
  | "not-found"
  /** The hub refuses for another reason, for example a wrong token. */
  | "refused"
  /** Too many requests (429), for longer than it is worth to wait. */
  | "busy"
  /** The hub fails (5xx), or does not speak as a hub does. */
  | "server"
  /** No connection to the hub. */
  | "unreachable"
  /** The connection stayed open and nothing came. */
  | "stalled"
  /** The connection was cut, again and again. */
  | "cut"
  | "wrong-size"
  | "wrong-hash"
  /** A web page came instead of the file. */
  | "web-page"
  /** The disk is full. */
  | "disk-full"
  /** The cache folder cannot be used. */
  | "cache"
  /** It is not in the cache, and only the cache may be used. */
  | "not-cached"
  /** The repository holds nothing that can be opened, or too much to choose from. */
  | "unfit"
  /** A setting, such as `HF_ENDPOINT`, is wrong. */
  | "setting"
  /** `--allow-net` was not given. */
  | "permission";

/** Servers can say long things. */
const LONGEST = 1000;

/** A model that could not be had from the hub: one line that says why and what would work. */
export class HubError extends Error {
  override readonly name = "HubError";

  constructor(
    readonly kind: HubErrorKind,
    message: string,
    options: ErrorOptions & {
      /** Names that exist where the wanted one does not, for a suggestion. */
      readonly known?: readonly string[];
    } = {},
  ) {
    super(oneLine(message), options);
    this.known = options.known ?? [];
  }

  /** Names that exist where the wanted one does not; often empty. */
  readonly known: readonly string[];
}

/** What a server says may hold anything: no line ends, no terminal codes. */
function oneLine(message: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return message.replace(/[\0-\x1f\x7f-\x9f]+/g, " ").slice(0, LONGEST);
}
