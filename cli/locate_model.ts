import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds `graphs/` and `models/`. */
const home = new URL("../", import.meta.url);

/**
 * Where a graph's default model is: a relative path is looked for beside the graph file, in the current folder and
 * in the program's own folder, which holds the bundled model. Found nowhere, it stays as it is.
 */
export async function locateModel(path: string, graph: URL): Promise<string> {
  if (isAbsolute(path)) return path;
  for (const place of [new URL(path, graph), undefined, new URL(path, home)]) {
    const file = place ? fileURLToPath(place) : path;
    const found = await Deno.stat(file).then(() => true, () => false);
    if (found) return file;
  }
  return path;
}
