import { firstFile } from "../../io/files/first_file.ts";
import { readText } from "../../io/files/text_file.ts";
import type { CaseFile, EvalCase } from "../eval_case.ts";
import type { CaseChoice, Suite } from "../suite.ts";
import { describeFile } from "./describe_file.ts";
import { fillPrompt } from "./prompt_template.ts";
import type { PublishedData, RecordCase } from "./published_data.ts";
import { type DataRecord, readRecords } from "./read_records.ts";

/**
 * A suite over published files. Cases are called by task and line, and come in the files' order; `seeds` are the
 * numbers of records, from 0. Without `tasks` all of them are asked for, and each must have its file.
 */
export function publishedSuite<T>(source: PublishedData<T>): Suite {
  return {
    name: source.name,
    summary: source.summary,
    tasks: Object.keys(source.tasks),
    async *cases(choice, { data: folder }) {
      const tasks = chosenTasks(choice, source);
      if (folder === undefined) {
        throw new RangeError(
          `Its data are published files; fetch them from ${source.where} and name their folder: --data FOLDER`,
        );
      }
      const prompts = await openPrompts(folder, source);
      const paths = await findFiles(folder, tasks, source);
      for (const task of tasks) {
        const path = paths.get(task)!;
        const files = [
          await describeFile(path, source.checksums[source.fileOf(task)]),
          prompts.file,
        ];
        const counts = new Map<string | undefined, number>();
        const { limit = Infinity } = choice;
        const records = chosen(readRecords(path, source.record), choice);
        for await (const record of records) {
          const made = build(record, task, path, source, prompts, files);
          const count = counts.get(made.group) ?? 0;
          counts.set(made.group, count + 1);
          if (count < limit) yield made;
          else if (made.group === undefined) break;
        }
      }
    },
  };
}

interface Prompts {
  readonly path: string;
  readonly file: CaseFile;
  readonly byTask: Readonly<Record<string, string>>;
}

function build<T>(
  { line, data }: DataRecord<T>,
  task: string,
  path: string,
  source: PublishedData<T>,
  prompts: Prompts,
  files: readonly CaseFile[],
): EvalCase {
  let parts: RecordCase;
  try {
    parts = source.caseOf(data, task);
  } catch (error) {
    throw new SyntaxError(`${path}:${line}: ${(error as Error).message}`);
  }
  const { document, values, ...given } = parts;
  const template = prompts.byTask[task];
  const place = `${prompts.path}: prompt of '${task}'`;
  if (template === undefined) throw new SyntaxError(`${place}: it is missing`);
  const { lead, question } = fillPrompt(template, values, place);
  const { metric, maxTokens, plain, stop = [], ending = "" } = source
    .tasks[task]!;
  return {
    id: `${task}/${line}`,
    task,
    length: null,
    seed: null,
    lead,
    document,
    question: question.trim() === "" ? question + ending : question,
    ...given,
    metric,
    maxTokens,
    ...(plain && { form: "plain" }),
    stop,
    files,
  };
}

function chosenTasks<T>(
  { tasks, lengths }: CaseChoice,
  { tasks: known }: PublishedData<T>,
): readonly string[] {
  if (lengths) {
    throw new RangeError(
      "Its documents have the lengths that were published; choose no lengths",
    );
  }
  for (const task of tasks ?? []) {
    if (task in known) continue;
    throw new RangeError(
      `No task '${task}'; there are: ${Object.keys(known).join(", ")}`,
    );
  }
  return Object.keys(known).filter((task) => tasks?.includes(task) ?? true);
}

async function openPrompts<T>(
  folder: string,
  { prompts: { names, checksum, read }, where }: PublishedData<T>,
): Promise<Prompts> {
  const path = await firstFile(folder, names);
  if (path === undefined) {
    throw new RangeError(
      `The prompts are missing in '${folder}': ${
        names.join(" or ")
      }; fetch them from ${where}`,
    );
  }
  const byTask = read((await readText(path)).text, path);
  return { path, byTask, file: await describeFile(path, checksum) };
}

async function findFiles<T>(
  folder: string,
  tasks: readonly string[],
  { fileOf, where }: PublishedData<T>,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const task of tasks) {
    const name = fileOf(task);
    const path = await firstFile(folder, [name, `data/${name}`]);
    if (path !== undefined) paths.set(task, path);
  }
  const missing = tasks.filter((task) => !paths.has(task));
  if (missing.length === 0) return paths;
  const there = paths.size === 0
    ? ""
    : `, or choose among the tasks whose files are there: ${
      [...paths.keys()].join(", ")
    }`;
  throw new RangeError(
    `Missing in '${folder}': ${
      missing.map(fileOf).join(", ")
    }; fetch them from ${where}${there}`,
  );
}

/** The records that `seeds` number, from 0. */
async function* chosen<T>(
  records: AsyncIterable<DataRecord<T>>,
  { seeds }: CaseChoice,
): AsyncGenerator<DataRecord<T>> {
  const last = Math.max(...(seeds ?? [Infinity]));
  let index = 0;
  for await (const record of records) {
    if (index > last) return;
    if (!seeds || seeds.includes(index)) yield record;
    index++;
  }
}
