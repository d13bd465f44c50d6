import type { NeedleType } from "./needle.ts";

/**
 * RULER's prompts, word by word (`scripts/data/synthetic/constants.py`), cut at the context: lead, context, question and
 * the answer's prefix, one behind the other, are RULER's prompt.
 */
export interface Asked {
  readonly lead: string;
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
      lead:
        `A special magic ${one} is hidden within the following text. Make sure to memorize it. I will quiz you about the ${one} afterwards.\n`,
      question:
        `\nWhat is the special magic ${one} for ${query} mentioned in the provided text?`,
      answerPrefix:
        ` The special magic ${one} for ${query} mentioned in the provided text is`,
    };
  }
  return {
    lead:
      `Some special magic ${type} are hidden within the following text. Make sure to memorize it. I will quiz you about the ${type} afterwards.\n`,
    question:
      `\nWhat are all the special magic ${type} for ${query} mentioned in the provided text?`,
    answerPrefix:
      ` The special magic ${type} for ${query} mentioned in the provided text are`,
  };
}

/** `variable_tracking`. */
export function askVariables(value: string, count: number): Asked {
  return {
    lead:
      "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n",
    question:
      `\nQuestion: Find all variables that are assigned the value ${value} in the text above.`,
    answerPrefix:
      ` Answer: According to the chain(s) of variable assignment in the text above, ${count} variables are assigned the value ${value}, they are: `,
  };
}

/** `common_words_extraction`. */
export const askCommonWords: Asked = {
  lead:
    "Below is a numbered list of words. In these words, some appear more often than others. Memorize the ones that appear most often.\n",
  question: "\nQuestion: What are the 10 most common words in the above list?",
  answerPrefix:
    " Answer: The top 10 words that appear most often in the list are:",
};

/** `freq_words_extraction`. */
export const askFrequentWords: Asked = {
  lead:
    "Read the following coded text and track the frequency of each coded word. Find the three most frequently appeared coded words. ",
  question:
    "\nQuestion: Do not provide any explanation. Please ignore the dots '....'. What are the three most frequently appeared words in the above coded text?",
  answerPrefix:
    " Answer: According to the coded text above, the three most frequently appeared words are:",
};

/** `qa`. */
export function askDocuments(query: string): Asked {
  const instruction =
    "Answer the question based on the given documents. Only give me the answer and do not output any other words.";
  return {
    lead: `${instruction}\n\nThe following are given documents.\n\n`,
    question: `\n\n${instruction}\n\nQuestion: ${query}`,
    answerPrefix: " Answer:",
  };
}
