/** Names in damaged files can be long. */
const LONGEST = 600;

/** A file that is not what its name or header says, or that this project cannot read. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  /** The file, as it was named by the caller. */
  readonly path: string;
  /** Byte at which the problem shows, where there is one. */
  readonly offset?: number;

  /**
   * @param path The file, as the caller named it.
   * @param problem What is wrong and what would work, on one line.
   * @param offset Byte at which the problem shows.
   */
  constructor(
    path: string,
    problem: string,
    offset?: number,
    options?: ErrorOptions,
  ) {
    const at = offset === undefined ? "" : ` (at byte ${offset})`;
    super(oneLine(`Cannot read "${path}": ${problem}`) + at, options);
    this.path = path;
    if (offset !== undefined) this.offset = offset;
  }
}

/** Names in damaged files can hold anything: no line ends, no terminal codes. */
function oneLine(message: string): string {
  const shown = message.replace(
    // deno-lint-ignore no-control-regex -- they are what is looked for
    /[\0-\x1f\x7f-\x9f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return shown.length <= LONGEST
    ? shown
    : `${shown.slice(0, LONGEST / 2)} … ${shown.slice(-LONGEST / 2)}`;
}
