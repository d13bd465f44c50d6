import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { readText } from "../../io/files/text_file.ts";
import type { EvalCase } from "../eval_case.ts";
import { metricOf } from "../metrics/mod.ts";
import type { CaseChoice, Suite } from "../suite.ts";

/** One line of a file of cases: those of `sweep`, with a metric and how to answer. */
const Line = z.strictObject({
  id: z.union([z.string().min(1), z.number()]).optional(),
  task: z.string().min(1).default("case"),
  length: z.int().min(0).nullable().default(null),
  seed: z.int().nullable().default(null),
  document: z.string().optional(),
  documentPath: z.string().min(1).optional(),
  question: z.string().regex(/\S/, "ask a question"),
  answerPrefix: z.string().optional(),
  expected: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  evidence: z.array(z.string().min(1)).min(1).optional(),
  options: z.array(z.string().min(1)).min(1).optional(),
  metric: z.string().default("contains-any"),
  maxTokens: z.int().min(1).default(64),
});

/** The cases of a file, one JSON object a line; what is wrong is a `SyntaxError` that names the line. */
export function caseFile(path: string): Suite {
  return {
    name: path,
    summary: "cases of a file, one JSON object a line",
    tasks: [],
    async *cases(choice) {
      const { text } = await readText(path);
      const counts = new Map<string, number>();
      const ids = new Set<string>();
      for (const [i, line] of text.split("\n").entries()) {
        if (line.trim() === "") continue;
        const place = `${path}:${i + 1}`;
        const given = readLine(line, place);
        const id = String(given.id ?? i + 1);
        if (ids.has(id)) {
          throw new SyntaxError(`${place}: the id '${id}' is there twice`);
        }
        ids.add(id);
        if (!isChosen(given, choice, counts)) continue;
        yield await caseOf(given, id, path);
      }
    },
  };
}

type CaseLine = z.output<typeof Line>;

function readLine(text: string, place: string): CaseLine {
  const refuse = (reason: string): never => {
    throw new SyntaxError(
      `${place}: ${reason}; a case is {id?, task?, length?, seed?, document or documentPath, question, answerPrefix?, expected, evidence?, options?, metric?, maxTokens?}`,
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`no JSON: ${(error as Error).message}`);
  }
  const { data, error } = Line.safeParse(value);
  if (!data) {
    const { path, message } = error.issues[0]!;
    return refuse(`${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`);
  }
  if ((data.document === undefined) === (data.documentPath === undefined)) {
    refuse("write either document or documentPath");
  }
  try {
    metricOf(data.metric);
  } catch (error) {
    refuse(`metric: ${(error as Error).message}`);
  }
  return data;
}

function isChosen(
  { task, length, seed }: CaseLine,
  { tasks, lengths, seeds, limit = Infinity }: CaseChoice,
  counts: Map<string, number>,
): boolean {
  if (tasks && !tasks.includes(task)) return false;
  if (lengths && (length === null || !lengths.includes(length))) return false;
  if (seeds && (seed === null || !seeds.includes(seed))) return false;
  const cell = `${length} ${task}`;
  const count = (counts.get(cell) ?? 0) + 1;
  counts.set(cell, count);
  return count <= limit;
}

async function caseOf(
  given: CaseLine,
  id: string,
  path: string,
): Promise<EvalCase> {
  const { document, documentPath, expected, ...rest } = given;
  const { answerPrefix, evidence, options } = rest;
  const { task, length, seed, question, metric, maxTokens } = rest;
  return {
    id,
    task,
    length,
    seed,
    document: document ?? await documentAt(documentPath!, path),
    question,
    expected: typeof expected === "string" ? [expected] : expected,
    metric,
    maxTokens,
    ...(answerPrefix !== undefined && { answerPrefix }),
    ...(evidence && { evidence }),
    ...(options && { options }),
  };
}

/** A document's text; its path is relative to the file of cases. */
async function documentAt(documentPath: string, path: string): Promise<string> {
  const at = isAbsolute(documentPath)
    ? documentPath
    : join(dirname(path), documentPath);
  return (await readText(at)).text;
}
