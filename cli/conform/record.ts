/** What is checked, and what would be right; the order is that of the table's columns. */
export const checks = {
  runs: "a run with valid options ends without an error",
  needs: "it runs with no more than the ports and facets that it declares",
  sizes: "what leaves has exactly the size that its options ask for",
  keep: "the options say how much is kept",
  order: "kept entries, and chunks, stay in ascending order",
  values: "what is kept is kept unchanged, at its own position",
  finite: "keys, values and scores are finite numbers",
  identity: "keeping everything changes nothing",
  lead: "the lead, and what is protected, always stays",
  ties: "equal scores are decided the same way every time",
  state: "a run depends on nothing that an earlier or a parallel run left",
  inputs: "what a stage is given is read only",
  batch:
    "a chunk's result depends on no other chunk and on no order of arrival",
  shapes:
    "it works with any number of query heads to a KV head (GQA, MHA, MQA)",
  fp16: "it works with keys and values rounded to 16-bit floats",
  ragged: "it works behind a stage after which heads hold different entries",
  short: "it works on chunks shorter than what is to be kept",
  allocator: "with an allocator every head keeps what it was given",
  leaks: "all memory is given back, also when the run is aborted",
  fused: "inside a prefill session it keeps what it keeps on the host",
} as const;

/** A column of the matrix. */
export type Check = keyof typeof checks;

/** One thing found wrong. */
export interface Failure {
  readonly stage: string;
  readonly check: Check;
  /** On what and with which options. */
  readonly configuration: string;
  readonly found: string;
  /** What would be right. */
  readonly right: string;
}

/** A stage's row. */
export interface Row {
  readonly stage: string;
  readonly seam: string;
  /** A check that is missing does not apply. */
  readonly cells: Readonly<Partial<Record<Check, "ok" | "FAIL">>>;
  /** Why a check that could apply does not. */
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

/** Collects what is found about one stage; of every check only the first failure is told. */
export class StageRecord {
  readonly #passed = new Set<Check>();
  readonly #failed = new Map<Check, Failure>();
  readonly #notes: string[] = [];

  constructor(readonly stage: string, readonly seam: string) {}

  /** The check was made; it holds unless something was found. */
  made(check: Check): void {
    this.#passed.add(check);
  }

  /** Something is wrong. */
  fail(check: Check, configuration: string, found: string): void {
    if (this.#failed.has(check)) return;
    this.#failed.set(check, {
      stage: this.stage,
      check,
      configuration,
      found,
      right: checks[check],
    });
  }

  /** The check was made: it failed where something was found. */
  tell(check: Check, configuration: string, found: string | undefined): void {
    this.made(check);
    if (found !== undefined) this.fail(check, configuration, found);
  }

  /** Whether the check has failed. */
  failed(check: Check): boolean {
    return this.#failed.has(check);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  row(): Row {
    const names = Object.keys(checks) as Check[];
    const cells = names.flatMap((check) => {
      if (this.#failed.has(check)) return [[check, "FAIL"]];
      return this.#passed.has(check) ? [[check, "ok"]] : [];
    });
    return {
      stage: this.stage,
      seam: this.seam,
      cells: Object.fromEntries(cells),
      notes: this.#notes,
      failures: names.flatMap((check) => this.#failed.get(check) ?? []),
    };
  }
}
