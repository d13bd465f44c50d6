import { sha256 } from "./sha256.ts";

/** What a module names with a relative path: static, dynamic and type imports, re-exports. */
const imports = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/**
 * Hash of a module that a graph uses, with the local files that it imports: a change in any of them changes what the
 * graph computes. A module that is no file beside the graph counts by its name.
 */
export async function moduleHash(
  specifier: string,
  graph: URL,
): Promise<string> {
  if (!/^\.{0,2}\//.test(specifier)) return specifier;
  const texts = new Map<string, string>();
  await readModule(new URL(specifier, graph), texts);
  return sha256([...texts.values()].map((text) => sha256(text)).join());
}

/** Reads a file and, once each, the files that it imports; what only looks like an import is left out. */
async function readModule(
  url: URL,
  texts: Map<string, string>,
): Promise<void> {
  if (texts.has(url.href)) return;
  const text = await Deno.readTextFile(url).catch(() => undefined);
  if (text === undefined) return;
  texts.set(url.href, text);
  for (const [, path] of text.matchAll(imports)) {
    await readModule(new URL(path!, url), texts);
  }
}
