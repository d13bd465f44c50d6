import { fileURLToPath } from "node:url";
import type { AnyStage } from "../../mod.ts";
import { cacheDifference } from "./cache_copy.ts";
import type { StageRecord } from "./record.ts";
import { type Left, type Ran, type Request, runStage } from "./run_stage.ts";
import type { Source, Sources } from "./source.ts";

/** Options as a graph file writes them. */
export type Options = Readonly<Record<string, unknown>>;

/** A stage whose conformance is checked. */
export interface Subject {
  readonly stage: AnyStage;
  /** Options to run it with; the first go through every check. */
  readonly options: readonly Options[];
  readonly sources: Sources;
  readonly record: StageRecord;
  /** Fewer configurations of every check. */
  readonly quick: boolean;
}

/** Runs the stage with whatever there is to connect. */
export function runSubject(
  { stage }: Subject,
  source: Source,
  options: Options,
  more: Partial<Request> = {},
): Promise<Ran> {
  return runStage({ wiring: "all", ...more, stage, source, options });
}

/** Whether the stage's options have these values, once parsed. */
export function accepts({ stage }: Subject, options: Options): boolean {
  const parsed = stage.options.safeParse(options);
  if (!parsed.success) return false;
  return Object.keys(options).every((key) =>
    (parsed.data as Options)[key] !== undefined
  );
}

/** A configuration for people: `GQA, keep {"entries":12}`. */
export function describe(
  source: Pick<Source, "name"> | undefined,
  options: Options,
): string {
  const said = Object.entries(options).map(([name, value]) =>
    `${name} ${JSON.stringify(value).replaceAll(folder, "")}`
  );
  const parts = source ? [source.name, ...said] : said;
  return parts.length > 0 ? parts.join(", ") : "defaults";
}

/** Files beside these lose their folder in messages. */
const folder = fileURLToPath(new URL("./", import.meta.url));

/** The first difference between what two runs gave, whatever the order. */
export function resultDifference(a: Ran, b: Ran): string | undefined {
  if (a.error !== b.error) return `one run fails: ${a.error ?? b.error}`;
  const [mine, other] = [a, b].map(({ left }) => inOrder(left));
  const [names, others] = [mine!, other!].map((left) =>
    left.map(({ chunk }) => chunk).join(", ")
  );
  if (names !== others) return `chunks ${names}, then chunks ${others}`;
  for (const [i, { chunk, cache, score }] of mine!.entries()) {
    const { cache: theirs, score: second } = other![i]!;
    if (!Object.is(score, second)) {
      return `chunk ${chunk} has score ${score}, then ${second}`;
    }
    const difference = cacheDifference(cache, theirs);
    if (difference) return `chunk ${chunk} differs in ${difference}`;
  }
  return undefined;
}

function inOrder(left: readonly Left[]): Left[] {
  return left.toSorted((a, b) => a.chunk - b.chunk);
}

/** What holds for every run: nothing is leaked, nothing that was given is changed. */
export function recordManners(
  { record }: Subject,
  configuration: string,
  { leaked, overleased, changed }: Ran,
): void {
  record.tell(
    "leaks",
    configuration,
    leaked > 0
      ? `${leaked} bytes are still leased after everything that left it was released`
      : overleased !== 0
      ? `what left it has ${
        overleased > 0
          ? `${overleased} bytes less`
          : `${-overleased} bytes more`
      } than are leased for it`
      : undefined,
  );
  record.tell(
    "inputs",
    configuration,
    changed && `it wrote to the ${changed} that it was given`,
  );
}

/** Says that a run failed, under the check that the message belongs to. */
export function recordError(
  { record }: Subject,
  configuration: string,
  error: string,
): void {
  const numbers = /not a (finite )?number/i.test(error);
  const lacks = /\bneeds\b/.test(error); // what it was not connected to
  const check = numbers ? "finite" : lacks ? "needs" : "runs";
  record.fail(check, configuration, error);
}
