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
    super(`Cannot read "${path}": ${problem}${at}`, options);
    this.path = path;
    if (offset !== undefined) this.offset = offset;
  }
}
