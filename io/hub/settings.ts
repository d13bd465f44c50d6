import { join, resolve } from "node:path";
import { cacheFolder, cacheHome, type Environment } from "../cache_folder.ts";
import { HubError } from "./hub_error.ts";
import { readToken } from "./token.ts";

/** Where models come from and where they are kept. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Folder of the models. */
  readonly cache: string;
  /** Whether only the cache may be used. */
  readonly offline: boolean;
}

/** What a caller says about {@linkcode HubSettings}; what it leaves out, the environment says. */
export interface HubChoices {
  /** Folder that models are kept in, under `hub/`. */
  readonly cache?: string;
  readonly endpoint?: string;
  readonly offline?: boolean;
}

const processEnvironment: Environment = (name) => Deno.env.get(name);

/**
 * Settings out of the caller's choices and the environment: `PARALLELCOMP_CACHE`, `XDG_CACHE_HOME`, `HF_ENDPOINT`,
 * `HF_HUB_OFFLINE`.
 *
 * @throws {HubError} If `HF_ENDPOINT` is no web address.
 */
export function hubSettings(
  { cache, endpoint, offline }: HubChoices = {},
  env: Environment = processEnvironment,
): HubSettings {
  return {
    endpoint: webAddress(
      endpoint || env("HF_ENDPOINT") || "https://huggingface.co",
    ),
    cache: join(resolve(cache || cacheFolder(env)), "hub"),
    offline: offline ??
      ["1", "true", "yes", "on"].includes(
        (env("HF_HUB_OFFLINE") ?? "").toLowerCase(),
      ),
  };
}

/** The token for the hub, or none: `HF_TOKEN`, or else the file that Hugging Face's own tools write. */
export function hubToken(
  env: Environment = processEnvironment,
): string | undefined {
  const home = env("HF_HOME") ||
    join(cacheHome(env), "huggingface");
  return readToken(
    env("HF_TOKEN"),
    env("HF_TOKEN_PATH") || join(home, "token"),
  );
}

function webAddress(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new HubError(
      "setting",
      `HF_ENDPOINT is '${text}'; write a web address such as https://huggingface.co`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
