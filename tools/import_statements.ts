/** One import of a module, as written. */
export interface ImportStatement {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** Whether it vanishes when types are removed. */
  readonly typeOnly: boolean;
}

/** `import … from "x"`, `export … from "x"` and `import "x"` at the start of a line, as `deno fmt` leaves them. */
const STATIC =
  /^(?:import|export)\s+(?:(?<what>[^"';=(]*?)\bfrom\s+)?"(?<specifier>[^"\n]+)"/gm;
/** `import("x")` and `new Worker(new URL("x", …))` in code; comment lines are left out below. */
const DYNAMIC =
  /\b(?:import|new Worker\(\s*new URL)\(\s*"(?<specifier>[^"\n]+)"/g;

/** Finds the imports of a formatted TypeScript file; examples in its comments do not count. */
export function importStatements(text: string): ImportStatement[] {
  const found: ImportStatement[] = [];
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  for (const match of text.matchAll(STATIC)) {
    const { what = "", specifier } = match.groups!;
    found.push({
      specifier: specifier!,
      line: lineAt(match.index),
      typeOnly: isTypeOnly(what),
    });
  }
  for (const match of text.matchAll(DYNAMIC)) {
    const start = text.lastIndexOf("\n", match.index) + 1;
    if (/^\s*(\*|\/\/|\/\*)/.test(text.slice(start, match.index))) continue;
    found.push({
      specifier: match.groups!.specifier!,
      line: lineAt(match.index),
      typeOnly: false,
    });
  }
  return found;
}

/** `import type { A }`, or `import { type A, type B }`. */
function isTypeOnly(what: string): boolean {
  if (/^\s*type\b/.test(what)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/.exec(what)?.groups?.names ?? "";
  const each = names.split(",").map((name) => name.trim()).filter(Boolean);
  return each.length > 0 && each.every((name) => /^type\s/.test(name));
}
