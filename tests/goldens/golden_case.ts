import { type Golden, golden } from "../golden.ts";

/** How a golden's attention evictor ranks entries. */
export interface VotesFacts {
  readonly rows: "question" | number;
  readonly pool: number;
  readonly share: "none" | "layer" | "model";
  readonly keep: number;
}

/** One calibration rule of a golden; `layers` is what `depth` comes to. */
export interface RuleFacts {
  readonly zone: "sink" | "recent" | "middle" | "all";
  readonly lambda: number;
  readonly width: number;
  readonly rows: number;
  readonly depth?: readonly [number, number];
  readonly layers: readonly [number, number];
}

/** Entries that a golden's rules drop, and would drop again; absent `chunk` means the merged cache. */
export interface OutlierFacts {
  readonly chunk?: number;
  readonly before: number;
  readonly after: number;
  readonly margin: number;
}

/** What a case runs, and with what. */
export interface CaseSetup {
  readonly text?: string;
  readonly document?: string;
  readonly question: string;
  readonly prompt?: "plain" | "chat";
  readonly window: number;
  readonly maxNew: number;
  readonly select: number;
  readonly votes?: VotesFacts;
  readonly calibrate?: readonly RuleFacts[];
  readonly order?: readonly ["calibrate" | "votes", "calibrate" | "votes"];
  readonly mergedVotes?: VotesFacts;
  readonly mergedCalibrate?: readonly RuleFacts[];
}

/** Facts of `<model>/parallelcomp/<case>`, as tests/fixtures/goldens/README.md lists them. */
export interface CaseFacts extends CaseSetup {
  readonly lead: readonly number[];
  readonly tail: readonly number[];
  readonly scored: readonly [number, number];
  readonly chunks: readonly {
    readonly index: number;
    readonly start: number;
    readonly tokens: number;
    readonly score: number;
  }[];
  readonly kept: readonly number[];
  readonly highest: readonly number[];
  readonly position: number;
  readonly votesMargin?: number;
  readonly outliers?: OutlierFacts | readonly OutlierFacts[];
}

/** A golden of ParallelComp. */
export type CaseGolden = Golden<CaseFacts>;

const goldens = new URL("../fixtures/goldens/", import.meta.url);
const root = new URL("../../", import.meta.url);

/** Reads `<model>/parallelcomp/<name>`. */
export function goldenCase(model: string, name: string): Promise<CaseGolden> {
  return golden<CaseFacts>(`${model}/parallelcomp/${name}`);
}

/** Names of a model's cases. */
export function caseNames(model: string): string[] {
  return [...Deno.readDirSync(new URL(`${model}/parallelcomp`, goldens))]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

/** Names of the random models that have goldens of ParallelComp. */
export function randomModels(): string[] {
  const folder = new URL("tests/fixtures/models", root);
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** File or folder of a model. */
export function modelPath(model: string): string {
  const path = model === "tiny"
    ? "models/tiny/tiny-q8_0.gguf"
    : `tests/fixtures/models/${model}`;
  return new URL(path, root).pathname;
}

/** A case's document and question with no step between selection and decoding; `change` replaces what it names. */
export function plainSetup(
  { text, document, question, prompt, window, maxNew, select }: CaseSetup,
  change: Partial<CaseSetup> = {},
): CaseSetup {
  return {
    ...(text !== undefined && { text }),
    ...(document !== undefined && { document }),
    ...(prompt && { prompt }),
    question,
    window,
    maxNew,
    select,
    ...change,
  };
}

/** The document of a case. */
export async function documentText(
  { text, document }: Pick<CaseSetup, "text" | "document">,
): Promise<string> {
  return text ?? await Deno.readTextFile(new URL(`${document}.txt`, goldens));
}

/** The part of the bundled model's document with the pass key, in a window of four chunks: quick, and with an answer. */
export async function shortSetup(): Promise<CaseSetup> {
  const { facts } = await goldenCase("tiny", "none");
  const text = await documentText(facts);
  const key = text.indexOf("pass key");
  const around = text.slice(key - 2500, key + 2500);
  return plainSetup(facts, { text: around, window: 400, select: 2 });
}

/** The rows of algorithm.md's checklist that a case stands for, for test names. */
export function rowsOf(facts: CaseSetup): string {
  const { votes, calibrate, mergedVotes, mergedCalibrate } = facts;
  const rows = [5, 9, 33];
  if (votes) rows.push(17, 18);
  if (calibrate) rows.push(25, 26, 27, 28);
  if (votes && calibrate) rows.push(30);
  if (mergedVotes) rows.push(21);
  if (mergedCalibrate) rows.push(26, 27, 28);
  return `rows ${rows.toSorted((a, b) => a - b).join(", ")}`;
}
