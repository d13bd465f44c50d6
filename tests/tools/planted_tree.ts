/** Runs `work` on a temporary folder that holds the given files. */
export async function withTree<T>(
  files: Readonly<Record<string, string>>,
  work: (root: URL) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL(`file://${folder}/`);
    for (const [path, text] of Object.entries(files)) {
      const file = new URL(path, root);
      await Deno.mkdir(new URL(".", file), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    return await work(root);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
