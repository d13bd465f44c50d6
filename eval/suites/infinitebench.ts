import type { z } from "zod";
import {
  infinitebenchCase,
  InfinitebenchRecord,
} from "./infinitebench_record.ts";
import { infinitebenchTasks, infllmTasks } from "./infinitebench_tasks.ts";
import { readJsonPrompts } from "./published_data.ts";
import { publishedSuite } from "./published_suite.ts";
import { pythonStrings } from "./python_strings.ts";

const data =
  "https://huggingface.co/datasets/xinrongzhang2022/InfiniteBench (JSON lines)";

const shared = {
  fileOf: (task: string) => `${task}.jsonl`,
  // No checksum of the files is known here: cases say their sha256 and `published: null`.
  checksums: {},
  record: InfinitebenchRecord,
  caseOf: infinitebenchCase,
};

/** InfiniteBench (arXiv 2402.13718) with its own scorers, lengths and prompts (`yarn_mistral_templates`: completions for base models). */
export const infinitebench = publishedSuite<
  z.output<typeof InfinitebenchRecord>
>({
  ...shared,
  name: "infinitebench",
  summary: "InfiniteBench, from its published files",
  where:
    `${data}, with src/prompt.py of https://github.com/OpenBMB/InfiniteBench`,
  tasks: infinitebenchTasks,
  prompts: {
    names: ["prompt.py", "src/prompt.py"],
    checksum:
      "d49a6891d6bc61522bb428d66a07b092a6bb6bc195aa0fe103eddd6bb39c7f10",
    read: (text, path) => pythonStrings(text, "yarn_mistral_templates", path),
  },
});

/** InfiniteBench as InfLLM (arXiv 2402.04617) runs it, and with it the paper: its prompts, lengths and scorers. */
export const infinitebenchInfllm = publishedSuite<
  z.output<typeof InfinitebenchRecord>
>({
  ...shared,
  name: "infinitebench-infllm",
  summary: "InfiniteBench with the prompts, lengths and scorers of InfLLM",
  where:
    `${data}, with benchmark/config/dataset2prompt.json of https://github.com/thunlp/InfLLM`,
  tasks: infllmTasks,
  prompts: {
    names: ["dataset2prompt.json", "config/dataset2prompt.json"],
    checksum:
      "e0e3b6b138d31e43b893d489b9381a0f4ad49a66bf816c1968422a3dd7891302",
    read: readJsonPrompts,
  },
});
