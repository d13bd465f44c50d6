import type { z } from "zod";
import type { Path } from "./errors.ts";
import { explainIssue, show } from "./explain_issue.ts";
import { extraKeys } from "./extra_keys.ts";
import type { Issues } from "./issues.ts";
import { didYouMean, nearest } from "./suggest.ts";

/** What is checked, for messages. */
export interface Subject {
  /** Where the value stands in the graph. */
  readonly path: Path;
  /** What its keys are called: `key`, `option`. */
  readonly noun: string;
  /** The value before parameters were filled in. */
  readonly written?: unknown;
}

/**
 * Parses a value and reports all that is wrong with it, unknown keys included even where the schema would
 * ignore them. Nothing is reported for a place that was reported before.
 *
 * @returns The parsed value; `undefined` when something is wrong.
 */
export function checkValue(
  schema: z.ZodType,
  value: unknown,
  subject: Subject,
  issues: Issues,
): unknown {
  const { path, noun } = subject;
  const before = issues.count;
  for (const extra of extraKeys(schema, value)) {
    const near = nearest(extra.key, extra.known);
    const place = [...path, ...extra.path];
    const message = extra.besides?.length
      ? `'${extra.key}' does not go with '${
        extra.besides.join("', '")
      }'; write one of them`
      : `Unknown ${noun} '${extra.key}'${didYouMean(extra.key, extra.known)}`;
    issues.add([...place, extra.key], message, "key");
    if (near !== undefined) issues.excuse([...place, near]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((i) => explainIssue(i, value, noun))
    .filter((issue) => !issues.touches([...path, ...issue.path]));
  for (const issue of found) {
    const origin = parameterAt(subject.written, issue.path);
    const message = issue.message + (origin ? ` (from ${origin})` : "");
    issues.add([...path, ...issue.path], message);
  }
  const silent = issues.count === before && !issues.touches(path);
  if (silent) issues.add(path, parsed.error.message);
  return undefined;
}

/** The text with `${…}` that stands at the path or above it. */
function parameterAt(written: unknown, path: Path): string | undefined {
  for (const key of [...path, ""]) {
    if (typeof written === "string") {
      return written.includes("${") ? show(written) : undefined;
    }
    if (typeof written !== "object" || written === null) return undefined;
    written = (written as Record<string, unknown>)[key];
  }
  return undefined;
}
