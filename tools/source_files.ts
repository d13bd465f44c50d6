/** Folders that hold no source of this project. */
const SKIPPED = new Set(["node_modules", "coverage"]);

/** Every file under a folder as a path relative to it, with `/`, sorted; hidden ones are left out. */
export async function sourceFiles(root: URL, folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder || ".", root))) {
    if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
    const path = folder + entry.name;
    if (entry.isDirectory) found.push(...await sourceFiles(root, `${path}/`));
    else if (entry.isFile) found.push(path);
  }
  return found.sort();
}

/** The repository that the tools belong to. */
export const repository: URL = new URL("../", import.meta.url);
