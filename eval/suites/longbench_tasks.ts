import type { PublishedTask } from "./published_data.ts";

/** Few-shot and code tasks: pred.py gives them no chat template. */
const plain = true;

/** Tasks of LongBench: tokens by `config/dataset2maxlen.json`, metric and first line by `eval.py`, form and stop by `pred.py`. */
export const longbenchTasks: Readonly<Record<string, PublishedTask>> = {
  "narrativeqa": { metric: "qa-f1", maxTokens: 128 },
  "qasper": { metric: "qa-f1", maxTokens: 128 },
  "multifieldqa_en": { metric: "qa-f1", maxTokens: 64 },
  "multifieldqa_zh": { metric: "qa-f1-zh", maxTokens: 64 },
  "hotpotqa": { metric: "qa-f1", maxTokens: 32 },
  "2wikimqa": { metric: "qa-f1", maxTokens: 32 },
  "musique": { metric: "qa-f1", maxTokens: 32 },
  "dureader": { metric: "rouge-l-zh", maxTokens: 128 },
  "gov_report": { metric: "rouge-l", maxTokens: 512 },
  "qmsum": { metric: "rouge-l", maxTokens: 512 },
  "multi_news": { metric: "rouge-l", maxTokens: 512 },
  "vcsum": { metric: "rouge-l-zh", maxTokens: 512 },
  "trec": { metric: "classification-first-line", maxTokens: 64, plain },
  "triviaqa": { metric: "qa-f1-first-line", maxTokens: 32, plain },
  "samsum": {
    metric: "rouge-l-first-line",
    maxTokens: 128,
    plain,
    stop: ["\n"],
  },
  "lsht": { metric: "classification-first-line", maxTokens: 64, plain },
  "passage_count": { metric: "count", maxTokens: 32 },
  "passage_retrieval_en": { metric: "retrieval", maxTokens: 32 },
  "passage_retrieval_zh": { metric: "retrieval-zh", maxTokens: 32 },
  "lcc": { metric: "code-sim", maxTokens: 64, plain },
  "repobench-p": { metric: "code-sim", maxTokens: 64, plain },
};

/** Tasks of LongBench-E. */
export const longbenchETasks: readonly string[] = [
  "qasper",
  "multifieldqa_en",
  "hotpotqa",
  "2wikimqa",
  "gov_report",
  "multi_news",
  "trec",
  "triviaqa",
  "samsum",
  "passage_count",
  "passage_retrieval_en",
  "lcc",
  "repobench-p",
];
