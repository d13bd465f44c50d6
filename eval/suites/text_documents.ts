import { join } from "node:path";
import { z } from "zod";
import { fileDigest } from "../../io/files/file_digest.ts";
import { namesIn } from "../../io/files/folder_names.ts";
import { readText } from "../../io/files/text_file.ts";
import type { CaseFile } from "../eval_case.ts";
import { book } from "../tasks/haystack.ts";
import { readRecords } from "./read_records.ts";

/** A long text and where it is from. */
export interface TextDocument {
  readonly name: string;
  readonly text: string;
  /** None where it comes with the project. */
  readonly files: readonly CaseFile[];
}

/** A record that holds a document: LongBench's `narrativeqa.jsonl` (`context`), PG-19 as JSON lines (`text`). */
const Record = z.union([
  z.object({ context: z.string() }),
  z.object({ text: z.string() }),
]);

const textEnding = /\.(txt|md|content)$/;

/**
 * The long texts at a path: a text file, the text files of a folder by their names (PG-19's `test/*.txt`, NarrativeQA's
 * `*.content`), or the different texts of a JSON lines file; Moby-Dick where no path is given.
 *
 * @throws {FormatError} If a text cannot be read.
 * @throws {SyntaxError} If a record holds none; with file and line.
 * @throws {RangeError} If there is none.
 */
export async function textDocuments(path?: string): Promise<TextDocument[]> {
  if (path === undefined) {
    return [{ name: "moby-dick", text: book(), files: [] }];
  }
  if (path.endsWith(".jsonl")) return await recordsOf(path);
  if (textEnding.test(path)) return [await textOf(path)];
  const names = [...await namesIn(path)].filter((name) => textEnding.test(name))
    .toSorted();
  if (names.length === 0) {
    throw new RangeError(
      `'${path}' has no .txt, .md or .content files; name a text, a folder of texts or a .jsonl file`,
    );
  }
  return await Promise.all(names.map((name) => textOf(join(path, name))));
}

async function textOf(path: string): Promise<TextDocument> {
  const name = nameOf(path);
  const { text } = await readText(path);
  return {
    name: name.replace(textEnding, ""),
    text,
    files: await filesOf(path),
  };
}

/** NarrativeQA asks several questions on a story, each with the whole story: it counts once. */
async function recordsOf(path: string): Promise<TextDocument[]> {
  const files = await filesOf(path);
  const lines = new Map<string, number>();
  for await (const { data, line } of readRecords(path, Record)) {
    const text = "text" in data ? data.text : data.context;
    if (!lines.has(text)) lines.set(text, line);
  }
  if (lines.size === 0) throw new RangeError(`'${path}' has no records`);
  const name = nameOf(path).replace(/\.jsonl$/, "");
  return [...lines].map(([text, line]) => ({
    name: `${name}-${line}`,
    text,
    files,
  }));
}

async function filesOf(path: string): Promise<readonly CaseFile[]> {
  const { sha256 } = await fileDigest(path);
  return [{ name: nameOf(path), sha256, published: null }];
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}
