/** Names of what lies in a folder, and nothing where there is none. */
export function namesIn(
  folder: string,
  wanted: (entry: Deno.DirEntry) => boolean = () => true,
): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(wanted).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
