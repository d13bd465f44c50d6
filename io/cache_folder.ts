import { join } from "node:path";

/** Reads a variable of the environment. */
export type Environment = (name: string) => string | undefined;

/** The folder of what is kept between runs: `PARALLELCOMP_CACHE`, or `parallelcomp` in the user's cache. */
export function cacheFolder(
  env: Environment = (name) => Deno.env.get(name),
): string {
  return env("PARALLELCOMP_CACHE") || join(cacheHome(env), "parallelcomp");
}

/** The user's cache; not by `homedir()`, which needs a permission of its own. */
export function cacheHome(env: Environment): string {
  const home = env("HOME") || env("USERPROFILE") || ".";
  return env("XDG_CACHE_HOME") || join(home, ".cache");
}
