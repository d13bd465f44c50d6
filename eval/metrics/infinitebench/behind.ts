/**
 * What stands behind the first of `prefixes` that the text has, without the one character that follows it; `undefined`
 * where it has none, and U+0000, which no answer begins with, where nothing follows.
 */
export function behind(
  text: string,
  prefixes: readonly string[],
): string | undefined {
  const prefix = prefixes.find((mark) => text.includes(mark));
  if (prefix === undefined) return undefined;
  const rest = text.slice(text.indexOf(prefix) + prefix.length);
  return rest === "" ? "\0" : rest.replace(/^./su, "");
}
