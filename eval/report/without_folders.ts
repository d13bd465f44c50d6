/** A text with absolute paths without their folders, which are there on one machine only. */
export function withoutFolders(text: string): string {
  return text.replace(
    /(^|[\s='"])(?:~|[A-Za-z]:)?[\\/](?:[^\s'"]*[\\/])?(?=[^\s'"])/g,
    "$1",
  );
}
