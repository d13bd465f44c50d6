import { splitWords } from "./python_text.ts";

const punctuation =
  "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏";

const dropped = new Set(punctuation);

/** LongBench's and InfiniteBench's `normalize_zh_answer`: lower case, without punctuation and whitespace. */
export function normalizedZh(text: string): string {
  const bare = Array.from(text.toLowerCase()).filter((c) => !dropped.has(c));
  return splitWords(bare.join("")).join("");
}
