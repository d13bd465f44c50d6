import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { readDocument } from "../arguments/read_document.ts";
import { sha256 } from "./sha256.ts";
import { stableJson } from "./stable_json.ts";

/** One line of a case file. */
const CaseLine = z.strictObject({
  id: z.union([z.string(), z.number()]).optional(),
  task: z.string().min(1).optional(),
  document: z.string().optional(),
  documentPath: z.string().min(1).optional(),
  question: z.string().regex(/\S/, "ask a question"),
  expected: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  evidence: z.array(z.string().min(1)).min(1).optional(),
  seed: z.number().optional(),
});

/** A question about a document, with what a right answer contains. */
export interface Case {
  /** As in the file, or the number of its line. */
  readonly id: string;
  readonly task: string;
  readonly question: string;
  /** An answer that contains one of these is right. */
  readonly expected: readonly string[];
  /** Texts that the answer stands on; where none are given, what is expected. */
  readonly evidence: readonly string[];
  /** What the case was made with. */
  readonly seed?: number;
  readonly line: z.output<typeof CaseLine>;
}

/** A file of cases. */
export interface CaseFile {
  readonly path: string;
  readonly hash: string;
  readonly cases: readonly Case[];
}

/** Which cases of a file are meant. */
export interface CaseChoice {
  /** At most so many of every task. */
  readonly limit?: number;
  /** Tasks and ids. */
  readonly only?: readonly string[];
}

/** Reads a file of cases, one JSON object a line; what is wrong is a {@linkcode CliError} that names the line. */
export async function readCases(
  path: string,
  { limit = Infinity, only }: CaseChoice = {},
): Promise<CaseFile> {
  const { document: { text } } = await readDocument(path);
  const all = text.split("\n").flatMap((line, i) =>
    line.trim() === "" ? [] : [readCase(line, `${path}:${i + 1}`, i + 1)]
  );
  const counts = new Map<string, number>();
  const cases = all.filter(({ id, task }) => {
    if (only && !only.includes(task) && !only.includes(id)) return false;
    const count = (counts.get(task) ?? 0) + 1;
    counts.set(task, count);
    return count <= limit;
  });
  if (cases.length === 0) {
    const tasks = [...new Set(all.map(({ task }) => task))].join(", ");
    throw new CliError(
      ExitCode.input,
      all.length === 0
        ? `'${path}' holds no cases; write one JSON object a line`
        : `No case of '${path}' is chosen; its tasks are: ${tasks}`,
    );
  }
  const file = { path, hash: sha256(text), cases };
  await checkDocuments(file);
  return file;
}

/** A document that cannot be read is found before any case runs. */
async function checkDocuments(file: CaseFile): Promise<void> {
  const checked = new Set<string>();
  for (const given of file.cases) {
    const { documentPath } = given.line;
    if (documentPath === undefined || checked.has(documentPath)) continue;
    checked.add(documentPath);
    try {
      await caseDocument(given, file);
    } catch (cause) {
      if (!(cause instanceof CliError)) throw cause;
      const message = `Case ${given.id} of '${file.path}': ${cause.message}`;
      throw new CliError(cause.code, message, { cause });
    }
  }
}

function readCase(text: string, place: string, number: number): Case {
  const refuse = (reason: string): never => {
    throw new CliError(
      ExitCode.input,
      `${place}: ${reason}; a case is {id?, task?, document or documentPath, question, expected, evidence?, seed?}`,
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`no JSON: ${(error as Error).message}`);
  }
  const { data, error } = CaseLine.safeParse(value);
  if (!data) {
    const { path, message } = error.issues[0]!;
    return refuse(`${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`);
  }
  if ((data.document === undefined) === (data.documentPath === undefined)) {
    refuse("write either document or documentPath");
  }
  const { id = number, task = "case", question, seed } = data;
  const expected = typeof data.expected === "string"
    ? [data.expected]
    : data.expected;
  return {
    id: String(id),
    task,
    question,
    expected,
    evidence: data.evidence ?? expected,
    ...(seed !== undefined && { seed }),
    line: data,
  };
}

/** A case's document: its name and text. A path is relative to the case file. */
export async function caseDocument(
  { line, id }: Case,
  { path }: CaseFile,
): Promise<{ readonly name: string; readonly text: string }> {
  const { document, documentPath } = line;
  if (document !== undefined) return { name: `case ${id}`, text: document };
  const at = isAbsolute(documentPath!)
    ? documentPath!
    : join(dirname(path), documentPath!);
  return (await readDocument(at)).document;
}

/** Hash of what a case asks: id, document, question, expected. */
export function caseHash(
  { line: { id }, question, expected }: Case,
  document: string,
): string {
  return sha256(stableJson({ id: id ?? null, question, expected, document }));
}
