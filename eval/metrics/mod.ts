import type { Metric } from "../metric.ts";
import { classification } from "./classification.ts";
import { codeSim, codeSimLevenshtein } from "./code_sim.ts";
import { containsAll, containsAny } from "./contains.ts";
import { count } from "./count.ts";
import { editSimilarity } from "./edit_similarity.ts";
import { ofFirstLine } from "./first_line.ts";
import { choice } from "./infinitebench/choice.ts";
import { codeDebug } from "./infinitebench/code_debug.ts";
import { codeRun } from "./infinitebench/code_run.ts";
import { dialogue } from "./infinitebench/dialogue.ts";
import { kvRetrieval } from "./infinitebench/kv_retrieval.ts";
import { mathCalc } from "./infinitebench/math_calc.ts";
import { mathFind } from "./infinitebench/math_find.ts";
import { passkey } from "./infinitebench/passkey.ts";
import { qaZh } from "./infinitebench/qa_zh.ts";
import { infllmChoice } from "./infllm/choice.ts";
import { infllmCodeDebug, infllmCodeDebugGuess } from "./infllm/code_debug.ts";
import { infllmDialogue } from "./infllm/dialogue.ts";
import { infllmQaF1 } from "./infllm/qa_f1.ts";
import { perplexity } from "./perplexity.ts";
import { qaF1 } from "./qa_f1.ts";
import { qaF1Zh } from "./qa_f1_zh.ts";
import { retrieval, retrievalZh } from "./retrieval.ts";
import { rougeL } from "./rouge_l.ts";
import { rougeLZh } from "./rouge_l_zh.ts";
import { rougeLsum } from "./rouge_lsum.ts";

/** Every metric, one line each. */
export const metrics: readonly Metric[] = [
  containsAny,
  containsAll,
  perplexity,
  qaF1,
  ofFirstLine(qaF1),
  qaF1Zh,
  rougeL,
  ofFirstLine(rougeL),
  rougeLZh,
  classification,
  ofFirstLine(classification),
  retrieval,
  retrievalZh,
  count,
  codeSim,
  codeSimLevenshtein,
  editSimilarity,
  passkey,
  kvRetrieval,
  mathFind,
  mathCalc,
  codeRun,
  codeDebug,
  choice,
  dialogue,
  qaZh,
  rougeLsum,
  infllmChoice,
  infllmCodeDebug,
  infllmCodeDebugGuess,
  infllmDialogue,
  infllmQaF1,
];

/** The metric of that name; one that is not there is a `RangeError`. */
export function metricOf(name: string): Metric {
  const found = metrics.find((metric) => metric.name === name);
  if (found) return found;
  throw new RangeError(
    `Unknown metric '${name}'; there are: ${
      metrics.map((metric) => metric.name).join(", ")
    }`,
  );
}
