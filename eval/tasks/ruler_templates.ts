import type { NeedleType } from "./needle.ts";

/**
 * RULER's prompts, word by word (`scripts/data/synthetic/constants.py`). Each is cut in three: what stands before the
 * context, which stays at the head of the document; the question behind it, without the line break before it; and the
 * answer's prefix. Head, context, a line break, question and prefix are RULER's prompt.
 */
export interface Asked {
  readonly head: string;
  readonly question: string;
  readonly answerPrefix: string;
}

/** `niah`, with the changes of `niah.py` where one value is asked for. */
export function askNeedles(
  type: NeedleType,
  keys: readonly string[],
  numValues: number,
): Asked {
  const query = keys.length > 1
    ? `${keys.slice(0, -1).join(", ")}, and ${keys.at(-1)}`
    : keys[0]!;
  if (keys.length * numValues === 1) {
    const one = type.slice(0, -1);
    return {
      head:
        `A special magic ${one} is hidden within the following text. Make sure to memorize it. I will quiz you about the ${one} afterwards.\n`,
      question:
        `What is the special magic ${one} for ${query} mentioned in the provided text?`,
      answerPrefix:
        ` The special magic ${one} for ${query} mentioned in the provided text is`,
    };
  }
  return {
    head:
      `Some special magic ${type} are hidden within the following text. Make sure to memorize it. I will quiz you about the ${type} afterwards.\n`,
    question:
      `What are all the special magic ${type} for ${query} mentioned in the provided text?`,
    answerPrefix:
      ` The special magic ${type} for ${query} mentioned in the provided text are`,
  };
}

/** `variable_tracking`. */
export function askVariables(value: string, count: number): Asked {
  return {
    head:
      "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n",
    question:
      `Question: Find all variables that are assigned the value ${value} in the text above.`,
    answerPrefix:
      ` Answer: According to the chain(s) of variable assignment in the text above, ${count} variables are assigned the value ${value}, they are: `,
  };
}

/** `common_words_extraction`. */
export const askCommonWords: Asked = {
  head:
    "Below is a numbered list of words. In these words, some appear more often than others. Memorize the ones that appear most often.\n",
  question: "Question: What are the 10 most common words in the above list?",
  answerPrefix:
    " Answer: The top 10 words that appear most often in the list are:",
};

/** `freq_words_extraction`. */
export const askFrequentWords: Asked = {
  head:
    "Read the following coded text and track the frequency of each coded word. Find the three most frequently appeared coded words. ",
  question:
    "Question: Do not provide any explanation. Please ignore the dots '....'. What are the three most frequently appeared words in the above coded text?",
  answerPrefix:
    " Answer: According to the coded text above, the three most frequently appeared words are:",
};

/** `qa`; an empty line stands before its question. */
export function askDocuments(query: string): Asked {
  const instruction =
    "Answer the question based on the given documents. Only give me the answer and do not output any other words.";
  return {
    head: `${instruction}\n\nThe following are given documents.\n\n`,
    question: `${instruction}\n\nQuestion: ${query}`,
    answerPrefix: " Answer:",
  };
}
