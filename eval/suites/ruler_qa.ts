import { firstFile } from "../../io/files/first_file.ts";
import type { Suite } from "../suite.ts";
import { describeFile } from "./describe_file.ts";
import {
  type Draft,
  type Template,
  templateOf,
  templates,
} from "../tasks/generated_task.ts";
import { readHotpotqa } from "../tasks/hotpotqa.ts";
import { fitCase } from "../tasks/make_case.ts";
import { contextOf, type QuestionSet } from "../tasks/question_set.ts";
import { type Random, seededBy } from "../tasks/random.ts";
import { askDocuments } from "../tasks/ruler_templates.ts";
import { readSquad } from "../tasks/squad.ts";

/** Where the questions of a task come from. */
interface QuestionTask {
  readonly name: string;
  readonly data: string;
  /** The name that RULER gives the file, and the one it is published under. */
  readonly files: readonly [string, string];
  /** SHA-256 of the published file. */
  readonly checksum: string;
  read(path: string): Promise<QuestionSet>;
}

const all: readonly QuestionTask[] = [
  {
    name: "qa_1",
    data: "SQuAD 2.0",
    files: ["squad.json", "dev-v2.0.json"],
    checksum:
      "80a5225e94905956a6446d296ca1093975c4d3b3260f1d6c8f68bc2ab77182d8",
    read: readSquad,
  },
  {
    name: "qa_2",
    data: "HotpotQA",
    files: ["hotpotqa.json", "hotpot_dev_distractor_v1.json"],
    checksum:
      "4e9ecb5c8d3b719f624d66b60f8d56bf227f03914f5f0753d6fa1b359d7104ea",
    read: readHotpotqa,
  },
];
const SEEDS = 20;

/**
 * RULER's question answering (`scripts/synthetic.yaml`, `qa_1` and `qa_2`; `scripts/data/synthetic/qa.py`): questions
 * of SQuAD 2.0 and HotpotQA, whose paragraphs lie among so many others as the length takes. `--data` names the folder of
 * the published files; a seed is a question's number in them.
 */
export const rulerQa: Suite = {
  name: "ruler-qa",
  summary: "RULER's questions of SQuAD and HotpotQA among other documents",
  tasks: all.map(({ name }) => name),
  templates,
  async *cases(choice, { tokenizer, data }) {
    const tasks = choice.tasks?.map(taskOf) ?? all;
    const { lengths = [8192], limit = Infinity } = choice;
    const seeds = choice.seeds ?? [...Array(SEEDS).keys()];
    const template = templateOf(choice.template);
    const scored = {
      metric: "contains-any",
      maxTokens: { short: 32, ruler: 32 },
    } as const;
    for (const task of tasks) {
      const path = await fileOf(task, data);
      const files = [await describeFile(path, task.checksum)];
      const set = await task.read(path);
      const within = seeds.filter((seed) => seed < set.questions.length);
      for (const length of lengths) {
        for (const seed of within.slice(0, limit)) {
          const random = seededBy(`${task.name}/${length}/${seed}`);
          const draft = draw(set, seed, template, random);
          const source = { tokenizer, template, length, seed };
          const made = fitCase({ name: task.name, ...scored }, draft, source);
          yield { ...made, files };
        }
      }
    }
  },
};

function draw(
  set: QuestionSet,
  number: number,
  template: Template,
  random: Random,
): Draft {
  const asked = set.questions[number]!;
  const context = contextOf(set, asked, random);
  const drawn = {
    expected: asked.answers,
    ...(asked.evidence.length > 0 && { evidence: asked.evidence }),
    least: asked.about.length,
  };
  return template === "ruler"
    ? { ...drawn, ...askDocuments(asked.query), stop: [], document: context }
    : {
      ...drawn,
      question: `Question: ${asked.query}`,
      answerPrefix: "\nAnswer:",
      document: context,
    };
}

function taskOf(name: string): QuestionTask {
  const found = all.find((task) => task.name === name);
  if (found) return found;
  throw new RangeError(
    `Unknown task '${name}'; tasks: ${rulerQa.tasks.join(", ")}`,
  );
}

async function fileOf(
  { name, data, files }: QuestionTask,
  folder: string | undefined,
): Promise<string> {
  const found = folder === undefined
    ? undefined
    : await firstFile(folder, files);
  if (found !== undefined) return found;
  throw new RangeError(
    `The task '${name}' reads ${data}: give the folder that holds ${
      files.join(" or ")
    } as data`,
  );
}
