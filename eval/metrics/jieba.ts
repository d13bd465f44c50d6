type Cut = (text: string, hmm?: boolean) => string[];

/** Loaded on demand: dictionary and tables take half a second and 110 MB. */
let cutBlock: Cut | undefined;

/** Loads the segmenter. */
export async function loadJieba(): Promise<void> {
  cutBlock ??= (await import("jieba-wasm")).cut;
}

/** What jieba looks for words in; the rest comes character by character. */
const blocks = /([\u4e00-\u9fd5a-zA-Z0-9+#&._%-]+)/;
const chinese = /[\u4e00-\u9fd5]/;
/** The dictionary's words without a Chinese character. */
const foreignWords = /(AT&T|[cC]#|[cC]\+\+)/;
const numbersAndLetters = /([a-zA-Z0-9]+(?:\.\d+)?%?)/;

/**
 * `list(jieba.cut(text))` of the Python package jieba 0.42.1 ({@linkcode loadJieba} comes first). Chinese words are those
 * of jieba-wasm 2.4.0, which has the same dictionary and model; it looks for them in other blocks and keeps `AK-47`
 * together, so blocks, and what stands between Chinese words, are cut here as jieba does.
 */
export function jiebaWords(text: string): string[] {
  return text.split(blocks).flatMap((part, i) =>
    i % 2 === 1 ? wordsOfBlock(part) : charactersOf(part)
  );
}

function wordsOfBlock(block: string): string[] {
  if (!cutBlock) {
    throw new RangeError("The segmenter is not loaded; await ready() first");
  }
  const words: string[] = [];
  let foreign = "";
  const flush = () => {
    words.push(...foreignWordsOf(foreign));
    foreign = "";
  };
  for (const word of cutBlock(block, true)) {
    if (chinese.test(word)) {
      flush();
      words.push(word);
    } else foreign += word;
  }
  flush();
  return words;
}

/** Letters, numbers with their fractions and percent signs, and what stands between them. */
function foreignWordsOf(text: string): string[] {
  return text.split(foreignWords).flatMap((part, i) =>
    i % 2 === 1
      ? [part]
      : part.split(numbersAndLetters).filter((word) => word !== "")
  );
}

/** Single characters; a carriage return and its line feed are one. */
function charactersOf(text: string): string[] {
  return text.split(/(\r\n)/).flatMap((part, i) =>
    i % 2 === 1 ? [part] : Array.from(part)
  );
}
