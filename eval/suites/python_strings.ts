/**
 * The texts of a dictionary in a Python file, such as `yarn_mistral_templates = {"passkey": "…", …}` at the beginning
 * of a line: string literals in single or double quotes, joined by `+` or by standing one after the other, and
 * comments. Anything else is a `SyntaxError` with file and line.
 */
export function pythonStrings(
  text: string,
  name: string,
  path: string,
): Readonly<Record<string, string>> {
  const start = new RegExp(`^${name}\\s*=\\s*\\{`, "m").exec(text);
  if (!start) throw new SyntaxError(`${path}: '${name} = {' is missing`);
  let at = start.index + start[0].length;
  const found: Record<string, string> = {};
  const refuse = (wanted: string): never => {
    const line = text.slice(0, at).split("\n").length;
    throw new SyntaxError(`${path}:${line}: ${wanted} expected`);
  };
  const skip = () => at += /^(?:\s|#.*)*/.exec(text.slice(at))![0].length;
  const take = (mark: string): boolean => {
    skip();
    if (text[at] !== mark) return false;
    at++;
    return true;
  };
  const literal = (): string | undefined => {
    skip();
    const [whole, , body] =
      /^(["'])((?:\\.|(?!\1)[^\\\n])*)\1/.exec(text.slice(at)) ?? [];
    if (body === undefined) return undefined;
    at += whole!.length;
    return body.replace(
      /\\(.)/g,
      (escape, char: string) =>
        escapes[char] ?? refuse(`another escape than '${escape}'`),
    );
  };
  while (!take("}")) {
    const key = literal() ?? refuse("a text in quotes or '}'");
    if (!take(":")) refuse("':'");
    let value = literal() ?? refuse("a text in quotes");
    for (;;) {
      const joined = take("+");
      const more = literal();
      if (more === undefined && joined) refuse("a text in quotes");
      if (more === undefined) break;
      value += more;
    }
    found[key] = value;
    if (!take(",") && text[at] !== "}") refuse("',' or '}'");
  }
  return found;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  '"': '"',
  "'": "'",
  "\\": "\\",
};
