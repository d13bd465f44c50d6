import {
  type Document,
  isMap,
  isScalar,
  type Node,
  visit,
  type YAMLError,
} from "yaml";

/** A place in a text, counted in characters, and what is wrong there. */
export interface SyntaxIssue {
  readonly offset: number;
  readonly message: string;
}

/**
 * What is wrong with a text that is not YAML. A quote or bracket that is never closed is shown where it opens, not
 * where the text ends; of several errors at one place the first is kept, for the others follow from it.
 */
export function syntaxIssues(document: Document): SyntaxIssue[] {
  const seen = new Set<number>();
  return [...document.errors, ...document.warnings].flatMap((error) => {
    const [offset] = error.pos;
    if (seen.has(offset)) return [];
    seen.add(offset);
    return [explain(error, document)];
  });
}

function explain(error: YAMLError, document: Document): SyntaxIssue {
  const [offset] = error.pos;
  const { message } = error;
  if (error.code === "MULTIPLE_DOCS") {
    return { offset, message: "A graph file holds one document; remove '---'" };
  }
  const open = openAt(offset, document);
  if (/closing .quote/.test(message) && isScalar(open)) {
    return {
      offset: open.range![0],
      message: "Missing closing quote of the text that begins here",
    };
  }
  const bracket = /must .*end with a ([\]}])/.exec(message)?.[1];
  if (bracket && open) {
    const what = isMap(open) ? "mapping" : "list";
    return {
      offset: open.range![0],
      message:
        `Missing closing ${bracket} of the ${what} that begins here, or its lines are not indented enough`,
    };
  }
  return { offset, message };
}

/** The innermost text or bracket that runs up to the offset. */
function openAt(offset: number, document: Document): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Node(_key, node) {
      const quoted = isScalar(node) && String(node.type).startsWith("QUOTE");
      const bracket = "flow" in node && node.flow;
      if ((quoted || bracket) && node.range?.[1] === offset) found = node;
    },
  });
  return found;
}
