import type { Haystack } from "./haystack.ts";
import type { Random } from "./random.ts";

/**
 * How a task is asked: `short`, as a completion without a chat template, or `ruler`, in RULER's own words, which a run
 * may put into a turn of a chat.
 */
export type Template = "short" | "ruler";

/** Every template, the default first. */
export const templates: readonly Template[] = ["short", "ruler"];

/** The template of that name; one that is not there is a `RangeError`. */
export function templateOf(name: string = templates[0]!): Template {
  const found = templates.find((template) => template === name);
  if (found) return found;
  throw new RangeError(
    `Unknown template '${name}'; templates: ${templates.join(", ")}`,
  );
}

/** What a case is drawn for. */
export interface DrawnFor {
  readonly template: Template;
  /** Tokens of the whole prompt and its answer. */
  readonly length: number;
  readonly haystack: Haystack;
  /** Tokens of a text. */
  tokens(text: string): number;
}

/** A case whose document has no length yet. */
export interface Draft {
  /** As in a case: stands before the document, and question and answer follow as they are. */
  readonly lead?: string;
  readonly question: string;
  readonly answerPrefix: string;
  readonly expected: readonly string[];
  /** Texts of the document that the answer stands on; none where it stands on all of it. */
  readonly evidence?: readonly string[];
  /** As in a case: texts that end the answer. */
  readonly stop?: readonly string[];
  /** The smallest size of {@linkcode document}. */
  readonly least: number;
  /** The document with so many units of haystack: always the same, and longer for more units. */
  document(size: number): string;
}

/** A task whose cases are made from a seed. */
export interface GeneratedTask {
  readonly name: string;
  readonly summary: string;
  /** Where it is defined. */
  readonly source: string;
  /** Name in `eval/metrics`. */
  readonly metric: "contains-all" | "contains-any";
  /** Tokens that an answer may have. */
  readonly maxTokens: Readonly<Record<Template, number>>;
  draw(random: Random, given: DrawnFor): Draft;
}
