import { isAlias, isCollection, isNode, isPair } from "yaml";
import type { Path } from "./errors.ts";
import { Issues } from "./issues.ts";
import { keyOf, SourceMap } from "./source_map.ts";
import { syntaxIssues } from "./syntax_error.ts";

/** A graph file's text as a value, with the issues of the text itself. */
export interface ReadSource {
  /** Absent when the text cannot be read: everything after that would be guesswork. */
  readonly value?: unknown;
  readonly issues: Issues;
}

/** Reads YAML or JSON (the one parser reads both). */
export function readSource(text: string): ReadSource {
  const source = new SourceMap(text);
  const issues = new Issues((path, spot) => source.locate(path, spot));
  const { errors, contents } = source.document;
  for (const { message, offset } of syntaxIssues(source.document)) {
    issues.add([], message, source.at(offset));
  }
  if (errors.length > 0 || !checkTree(contents, [], source, issues)) {
    return { issues };
  }
  try {
    const value = source.document.toJS();
    if (!hasCycle(value)) return { value, issues };
    issues.add([], "An anchor may not contain an alias of itself");
  } catch (error) {
    issues.add([], (error as Error).message); // an alias without its anchor, or too many
  }
  return { issues };
}

/** Reports keys that occur twice, keys that are no names, and unknown aliases; false where these forbid reading on. */
function checkTree(
  node: unknown,
  path: Path,
  source: SourceMap,
  issues: Issues,
): boolean {
  if (isAlias(node) && !node.resolve(source.document)) {
    const name = node.source;
    const message = `Unknown alias '*${name}'; mark its value with '&${name}'`;
    issues.add(path, message, source.at(node.range![0]));
    return false;
  }
  if (!isCollection(node)) return true;
  let readable = true;
  const seen = new Set<string>();
  for (const [index, item] of node.items.entries()) {
    let key: string | number | undefined = index;
    if (isPair(item)) {
      key = keyOf(item);
      const at = isNode(item.key) ? source.at(item.key.range![0]) : undefined;
      if (key === undefined || key === "__proto__") {
        issues.add(path, `Key '${key ?? item.key}' is not a name`, at);
        readable = false;
        continue;
      }
      if (seen.has(key)) {
        issues.add([...path, key], `Duplicate key '${key}'`, at);
      }
      seen.add(key);
    }
    const value = isPair(item) ? item.value : item;
    readable = checkTree(value, [...path, key], source, issues) && readable;
  }
  return readable;
}

/** Whether a value contains itself. */
function hasCycle(value: unknown, above: readonly unknown[] = []): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (above.includes(value)) return true;
  return Object.values(value).some((v) => hasCycle(v, [...above, value]));
}
