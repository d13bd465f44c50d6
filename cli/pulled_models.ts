import { type CacheEntry, listCache } from "../io/hub/list_cache.ts";
import { formatBytes, type HubReference } from "../mod.ts";
import { table } from "./terminal/sources.ts";

/** What is in the cache as a table, of one repository or of all: name, size, and which pulls were cut. */
export function pulledModels(cache: string, only?: HubReference): string {
  const entries = listCache(cache).filter(({ name }) =>
    only === undefined || repositoryOf(name) === only.repository
  );
  if (entries.length === 0) return `no models in ${cache}\n`;
  return table(entries.map((entry) => [
    entry.name,
    formatBytes(entry.bytes),
    entry.complete ? "" : `cut; go on with: deno task pull ${command(entry)}`,
  ]));
}

function repositoryOf(name: string): string {
  return name.slice("hf:".length).split(/[@:]/)[0]!;
}

function command({ name }: CacheEntry): string {
  return name.slice("hf:".length);
}
