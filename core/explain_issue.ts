import type { z } from "zod";
import type { Path } from "./errors.ts";

/** What zod calls by other names than YAML. */
const TYPES: Readonly<Record<string, string>> = {
  object: "mapping",
  record: "mapping",
  array: "list",
  int: "whole number",
};

/** A zod issue in this project's words. */
export interface Explained {
  readonly path: Path;
  readonly message: string;
}

/**
 * Says what is wrong and what was received. A union is explained by the form that fits best.
 *
 * @param root The value that was parsed.
 * @param noun What its keys are called: `key`, `option`.
 */
export function explainIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  noun: string,
): Explained[] {
  const path = issue.path as (string | number)[];
  if (issue.code === "unrecognized_keys") return []; // reported as extra keys
  if (issue.code === "invalid_key") {
    const why = issue.issues[0]?.message ?? issue.message;
    return [{ path, message: `Bad name '${path.at(-1)}'; ${why}` }];
  }
  const value = valueAt(root, path);
  if (value === undefined) {
    const message = `Required ${noun} '${path.at(-1)}' is missing`;
    return [{ path, message: `${message}; ${rule(issue)}` }];
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const deeper = issue.errors.filter((form) => !form.some(isOutermost));
    if (deeper.length === 1) {
      return deeper[0]!.flatMap((inner) =>
        explainIssue({ ...inner, path: [...path, ...inner.path] }, root, noun)
      );
    }
  }
  return [{ path, message: `${capital(rule(issue))}; got ${show(value)}` }];
}

/** Whether the value as a whole is of another kind. */
function isOutermost(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === "invalid_type" || issue.code === "invalid_value" ||
    issue.code === "invalid_union" && issue.errors.length > 0 &&
      issue.errors.every((form) => form.some(isOutermost));
}

/** What would be right, without what was received. */
function rule(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return `expected ${TYPES[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "invalid_value" && /: expected /.test(issue.message)) {
    return `expected ${issue.values.map(show).join(" or ")}`;
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const forms = issue.errors.flatMap((form) => form.slice(0, 1).map(rule));
    return [...new Set(forms)].join(" or ").replaceAll("or expected ", "or ");
  }
  return issue.message[0]!.toLowerCase() + issue.message.slice(1);
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A value for a message: as JSON, cut after 60 characters. */
export function show(value: unknown): string {
  const text = (() => {
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  })();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
