import type { Results } from "./figure.ts";

/** All of bench/results, by name. */
export async function readResults(): Promise<Results> {
  const folder = new URL("../results/", import.meta.url);
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".json")) names.push(name.slice(0, -".json".length));
  }
  names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return new Map(
    await Promise.all(names.map(async (name) => {
      const text = await Deno.readTextFile(new URL(`${name}.json`, folder));
      return [name, JSON.parse(text)] as const;
    })),
  );
}
