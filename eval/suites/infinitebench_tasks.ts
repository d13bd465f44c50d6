import type { PublishedTask } from "./published_data.ts";

/** The official templates are completions of base models. */
const plain = true;

/** Tasks of InfiniteBench: tokens by `DATA_NAME_TO_MAX_NEW_TOKENS` of src/eval_utils.py, metric by src/compute_scores.py. */
export const infinitebenchTasks: Readonly<Record<string, PublishedTask>> = {
  "passkey": { metric: "infinitebench-passkey", maxTokens: 6, plain },
  "number_string": { metric: "infinitebench-passkey", maxTokens: 12, plain },
  "kv_retrieval": {
    metric: "infinitebench-kv-retrieval",
    maxTokens: 50,
    plain,
  },
  "longdialogue_qa_eng": {
    metric: "infinitebench-dialogue",
    maxTokens: 40,
    plain,
  },
  "longbook_sum_eng": { metric: "rouge-lsum", maxTokens: 1200, plain },
  "longbook_choice_eng": {
    metric: "infinitebench-choice",
    maxTokens: 40,
    plain,
  },
  "longbook_qa_eng": { metric: "qa-f1", maxTokens: 40, plain },
  "longbook_qa_chn": { metric: "infinitebench-qa-zh", maxTokens: 40, plain },
  "math_find": { metric: "infinitebench-math-find", maxTokens: 3, plain },
  "math_calc": { metric: "infinitebench-math-calc", maxTokens: 30000, plain },
  "code_run": { metric: "infinitebench-code-run", maxTokens: 5, plain },
  "code_debug": { metric: "infinitebench-code-debug", maxTokens: 5, plain },
};

/**
 * The same tasks as InfLLM asks and judges them, which the paper's code follows: tokens by
 * `benchmark/config/dataset2maxlen.json`, metric by `benchmark/infinitebench_eval.py`. Where that judges texts
 * character by character (`longdialogue_qa_eng`, `longbook_qa_eng`) or cannot run (`longbook_sum_eng`, `math_calc`),
 * the official metric stands; and `code_debug` has no guess (that is `infllm-code-debug-guess`).
 */
export const infllmTasks: Readonly<Record<string, PublishedTask>> = {
  "passkey": { metric: "infinitebench-passkey", maxTokens: 32 },
  "number_string": { metric: "infinitebench-passkey", maxTokens: 32 },
  "kv_retrieval": { metric: "infinitebench-kv-retrieval", maxTokens: 100 },
  "longdialogue_qa_eng": { metric: "infinitebench-dialogue", maxTokens: 32 },
  // Two prompts end with the document; the endings are those of the official completions.
  "longbook_sum_eng": {
    metric: "rouge-lsum",
    maxTokens: 1536,
    ending: "\n\nSummary:",
  },
  "longbook_choice_eng": { metric: "infllm-choice", maxTokens: 32 },
  "longbook_qa_eng": { metric: "qa-f1", maxTokens: 32 },
  "longbook_qa_chn": { metric: "infinitebench-qa-zh", maxTokens: 32 },
  "math_find": { metric: "infinitebench-math-find", maxTokens: 32 },
  "math_calc": {
    metric: "infinitebench-math-calc",
    maxTokens: 64000,
    ending: "\nValues:",
  },
  "code_run": { metric: "infinitebench-code-run", maxTokens: 32 },
  "code_debug": { metric: "infllm-code-debug", maxTokens: 32 },
};
