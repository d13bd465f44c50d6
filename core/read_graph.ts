import { checkValue } from "./check_value.ts";
import type { Path } from "./errors.ts";
import { explainIssue } from "./explain_issue.ts";
import { GraphFile } from "./graph.ts";
import type { Issues } from "./issues.ts";

/** A graph of which nothing could be read. */
const EMPTY: GraphFile = { version: 1, nodes: {}, outputs: {} };

/**
 * Checks a value against {@linkcode GraphFile}. What does not fit is reported and left out, so that the rest
 * can be checked too.
 */
export function readGraph(value: unknown, issues: Issues): GraphFile {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    issues.add([], "A graph has version, nodes and outputs as its keys");
    issues.excuse(["outputs"]);
    return EMPTY;
  }
  checkValue(GraphFile, value, { path: [], noun: "key" }, issues);
  let rest: unknown = { ...EMPTY, ...value };
  let parsed = GraphFile.safeParse(rest);
  for (let round = 0; !parsed.success && round < 3; round++) {
    for (const issue of parsed.error.issues.toReversed()) { // so that list indices stay right
      const places: Path[] = issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [...issue.path as Path, key])
        : explainIssue(issue, rest, "").map(({ path }) => path).toReversed();
      for (const place of places) rest = leaveOut(rest, place);
    }
    rest = { ...EMPTY, ...rest as object };
    parsed = GraphFile.safeParse(rest);
  }
  return parsed.data ?? EMPTY;
}

/** A copy without what stands at the path; a node without its stage goes as a whole. */
function leaveOut(value: unknown, path: Path): unknown {
  if (path.length === 3 && path[0] === "nodes" && path[2] === "stage") {
    return leaveOut(value, path.slice(0, 2));
  }
  const [key, ...below] = path;
  if (typeof value !== "object" || value === null || key === undefined) {
    return value;
  }
  if (Array.isArray(value)) {
    return below.length > 0
      ? value.with(Number(key), leaveOut(value[Number(key)], below))
      : value.toSpliced(Number(key), 1);
  }
  const { [key]: inner, ...others } = value as Record<string, unknown>;
  return below.length > 0
    ? { ...value, [key]: leaveOut(inner, below) }
    : others;
}
