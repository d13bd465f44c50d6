import type { GraphIssue, Path } from "./errors.ts";

/** Which end of `key: value` an issue points at. */
export type Spot = "key" | "value";

/** 1-based place in a text. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a path sits in the text; a graph without a file has no places. */
export type Locate = (path: Path, spot: Spot) => Position | undefined;

/**
 * Collects what is wrong with a graph. Checks run on after an issue, so that all are reported together; they ask
 * {@linkcode Issues.touches} first, so that nobody reads about what merely follows from another issue.
 */
export class Issues {
  readonly #found: GraphIssue[] = [];
  readonly #excused: Path[] = [];
  readonly #locate: Locate;

  constructor(locate: Locate = () => undefined) {
    this.#locate = locate;
  }

  /** Reports an issue; line breaks in the message become blanks. */
  add(path: Path, message: string, at: Spot | Position = "value"): void {
    this.#found.push(this.describe(path, message, at));
  }

  /** An issue with its place, without reporting it. */
  describe(
    path: Path,
    message: string,
    at: Spot | Position = "value",
  ): GraphIssue {
    const text = message.trim().replaceAll(/\s*\n\s*/g, " ");
    const place = typeof at === "string" ? this.#locate(path, at) : at;
    return { message: text, path, ...place };
  }

  /** Marks a place as spoken for: a misspelt neighbour was probably meant to be it. */
  excuse(path: Path): void {
    this.#excused.push(path);
  }

  /** Whether something at the path, above it or below it was reported or excused. */
  touches(path: Path): boolean {
    return this.#found.some((issue) => related(issue.path, path)) ||
      this.#excused.some((excused) => related(excused, path));
  }

  /** How many were reported. */
  get count(): number {
    return this.#found.length;
  }

  /** Everything reported, in the order of the text. */
  sorted(): GraphIssue[] {
    return this.#found.toSorted((a, b) =>
      (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
    );
  }
}

/** Whether one path is the other or leads to it. */
function related(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (String(a[i]) !== String(b[i])) return false;
  }
  return length > 0;
}
