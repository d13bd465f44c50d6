/** Markup that is safe to put on a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template of {@linkcode html}. */
export type Piece =
  | Markup
  | string
  | number
  | null
  | undefined
  | readonly Piece[];

/** Markup from a template: texts and numbers are escaped, markup is not, lists are joined, nothing is nothing. */
export function html(
  strings: TemplateStringsArray,
  ...pieces: readonly Piece[]
): Markup {
  const rest = pieces.map((piece, i) => write(piece) + strings[i + 1]!);
  return new Markup(strings[0]! + rest.join(""));
}

function write(piece: Piece): string {
  if (piece === null || piece === undefined) return "";
  if (piece instanceof Markup) return piece.text;
  return typeof piece === "object"
    ? piece.map(write).join("")
    : escapeText(String(piece));
}

/** Text as it may stand between tags and inside quoted attributes. */
function escapeText(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (c) => escapes[c]!);
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** JSON as it may stand inside a `script` element: nothing in it ends the element or the line. */
export function scriptJson(value: unknown): Markup {
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new Markup(text);
}
