/** Files under a folder, with their paths in it and their bytes; none where there is no folder. */
export async function* walkFiles(
  folder: string,
  inside = "",
): AsyncGenerator<[path: string, bytes: Uint8Array]> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(`${folder}/${inside}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isDirectory, isFile } of entries) {
    const path = inside === "" ? name : `${inside}/${name}`;
    if (isDirectory) yield* walkFiles(folder, path);
    else if (isFile) yield [path, await Deno.readFile(`${folder}/${path}`)];
  }
}
