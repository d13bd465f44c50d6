import { z } from "zod";

/** How a task of published data is asked and judged. */
export interface PublishedTask {
  /** Name in `eval/metrics`. */
  readonly metric: string;
  readonly maxTokens: number;
  /** No chat template is used, even where the model has one. */
  readonly plain?: true;
  /** Texts that end the answer; left out: none. */
  readonly stop?: readonly string[];
  /** Stands behind the document where the published prompt ends with it: something has to be asked. */
  readonly ending?: string;
}

/** What a record says, in the words of a case. */
export interface RecordCase {
  readonly document: string;
  /** What the prompt's names stand for, `{context}` apart. */
  readonly values: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
  readonly options?: readonly string[];
  readonly group?: string;
}

/** Where prompts stand and how they are read. */
export interface PublishedPrompts {
  /** Where the file may lie in the folder. */
  readonly names: readonly string[];
  /** sha256 of the published file. */
  readonly checksum: string;
  /** Prompts by task; what is wrong is a `SyntaxError` that begins with `path`. */
  read(text: string, path: string): Readonly<Record<string, string>>;
}

/** A data set as its owners publish it: a JSON lines file a task, and prompts. */
export interface PublishedData<T> {
  readonly name: string;
  readonly summary: string;
  /** Where to fetch files and prompts, for messages. */
  readonly where: string;
  readonly tasks: Readonly<Record<string, PublishedTask>>;
  /** What a task's file is called. */
  fileOf(task: string): string;
  /** Checksums of published files, by file name: sha256, or git's name for the bytes. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly prompts: PublishedPrompts;
  readonly record: z.ZodType<T>;
  /** What is wrong with a record is a `RangeError`; the caller says where it stands. */
  caseOf(record: T, task: string): RecordCase;
}

const Prompts = z.record(z.string(), z.string());

/** Reads prompts from a JSON object of texts by task. */
export function readJsonPrompts(
  text: string,
  path: string,
): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${path}: no JSON: ${(error as Error).message}`);
  }
  const { data } = Prompts.safeParse(value);
  if (data) return data;
  throw new SyntaxError(`${path}: no JSON object of prompts by task`);
}
