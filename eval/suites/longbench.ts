import { z } from "zod";
import { longbenchChecksums } from "./longbench_checksums.ts";
import { longbenchETasks, longbenchTasks } from "./longbench_tasks.ts";
import { type PublishedData, readJsonPrompts } from "./published_data.ts";
import { publishedSuite } from "./published_suite.ts";

/** A record of LongBench; numbers as the text in the file. */
const Record = z.object({
  input: z.string(),
  context: z.string(),
  answers: z.array(z.string()).min(1),
  length: z.string().regex(/^\d+$/, "a number of words").optional(),
  all_classes: z.array(z.string()).nullable().optional(),
});

type LongbenchRecord = z.output<typeof Record>;

const where =
  "https://huggingface.co/datasets/THUDM/LongBench (data.zip), with LongBench/config/dataset2prompt.json of https://github.com/THUDM/LongBench";

const shared = {
  where,
  checksums: longbenchChecksums,
  prompts: {
    names: ["dataset2prompt.json", "config/dataset2prompt.json"],
    checksum:
      "56d22ad4f382169c2b8a11ff4c982a4a1bea096c8152b0f0b85b64686b157c30",
    read: readJsonPrompts,
  },
  record: Record,
};

/** LongBench (arXiv 2308.14508): its 21 tasks, asked and judged like `pred.py` and `eval.py` do. */
export const longbench = publishedSuite<LongbenchRecord>(
  {
    ...shared,
    name: "longbench",
    summary: "LongBench, from its published files",
    tasks: longbenchTasks,
    fileOf: (task) => `${task}.jsonl`,
    caseOf: (record, task) => caseOf(record, task),
  } satisfies PublishedData<LongbenchRecord>,
);

/** LongBench-E: 13 tasks with as many records in each group of lengths (words: 0-4k, 4-8k, 8k+). */
export const longbenchE = publishedSuite<LongbenchRecord>(
  {
    ...shared,
    name: "longbench-e",
    summary: "LongBench-E, from its published files, by groups of lengths",
    tasks: Object.fromEntries(
      longbenchETasks.map((task) => [task, longbenchTasks[task]!]),
    ),
    fileOf: (task) => `${task}_e.jsonl`,
    caseOf: (record, task) => ({
      ...caseOf(record, task),
      group: groupOf(record),
    }),
  } satisfies PublishedData<LongbenchRecord>,
);

function caseOf(record: LongbenchRecord, task: string) {
  const { input, context, answers, all_classes: classes } = record;
  if (longbenchTasks[task]!.metric.startsWith("classification") && !classes) {
    throw new RangeError("field 'all_classes': the classes are missing");
  }
  return {
    document: context,
    values: { input },
    expected: answers,
    ...(classes && { options: classes }),
  };
}

/** `scorer_e` of LongBench's eval.py. */
function groupOf({ length }: LongbenchRecord): string {
  if (length === undefined) {
    throw new RangeError("field 'length': the number of words is missing");
  }
  const words = Number(length);
  return words < 4000 ? "0-4k" : words < 8000 ? "4-8k" : "8k+";
}
