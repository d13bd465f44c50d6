/** What was asked of `deno task eval:paper`. */
export interface PaperArguments {
  /** Runs, and `figures` or `tables`; none: all but those that are only run by name. */
  readonly names: readonly string[];
  /** Nothing is computed: rows that are there become scores. */
  readonly onlyScores: boolean;
  /** Kept beside the scores, such as where rows were computed. */
  readonly note?: string;
  /** For `eval`. */
  readonly options: readonly string[];
}

/** Reads names, then options; those that are not its own are `eval`'s. A note without text is a `SyntaxError`. */
export function paperArguments(args: readonly string[]): PaperArguments {
  const first = args.findIndex((word) => word.startsWith("-"));
  const names = first < 0 ? args : args.slice(0, first);
  const rest = args.slice(names.length);
  const note = rest.indexOf("--note");
  if (note >= 0 && rest[note + 1] === undefined) {
    throw new SyntaxError("--note takes a text, such as --note 'on 16 cores'");
  }
  const options = rest.filter((word, i) =>
    word !== "--" && word !== "--only-scores" &&
    (note < 0 || (i !== note && i !== note + 1))
  );
  return {
    names,
    onlyScores: rest.includes("--only-scores"),
    ...(note >= 0 && { note: rest[note + 1]! }),
    options,
  };
}
