import type { Metric } from "../../metric.ts";
import { bestScore } from "../best_score.ts";
import { splitWords } from "../python_text.ts";
import { tokenF1 } from "../token_f1.ts";

const punctuation =
  "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏";

/** F1 of characters without case, punctuation and whitespace, against the best reference. */
export const qaZh: Metric = {
  name: "infinitebench-qa-zh",
  source: "InfiniteBench src/compute_scores.py: qa_f1_score_zh",
  score(prediction, { expected }) {
    const written = characters(prediction);
    return bestScore(expected, (text) => tokenF1(written, characters(text)));
  },
};

const dropped = new Set(punctuation);

function characters(text: string): string[] {
  const bare = Array.from(text.toLowerCase()).filter((c) => !dropped.has(c));
  return Array.from(splitWords(bare.join("")).join(""));
}
