import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
import type { EvalCase } from "../eval_case.ts";
import { perplexity as metric } from "../metrics/perplexity.ts";
import type { Suite } from "../suite.ts";
import { type TextDocument, textDocuments } from "./text_documents.ts";
import { type TokenText, tokenText } from "./token_text.ts";

const TASK = "continuation";
/** Tokens that are measured. */
const MEASURED = 256;
/** Tokens before them that stand for the question: what methods choose chunks by. */
const ASKED = 64;
const SEEDS = 20;
/** Tries to bring a text that encodes into more tokens than were cut down to its length. */
const TRIES = 8;

/**
 * How well a text goes on: 256 tokens are measured after all that a length leaves before them. At every length and for
 * every method these are the same tokens; the 64 before them are the question. A length counts as in the suite
 * `needles`: BOS, document, question and what is measured.
 *
 * Seed `s` is document `s mod n`; its first turn ends with the document, later turns end at places spread over its
 * second half. Places that the longest length asked for does not fit before are left out. `--data` names a text, a
 * folder of texts (PG-19, NarrativeQA) or a JSON lines file with `text` or `context`, in place of Moby-Dick.
 */
export const perplexitySuite: Suite = {
  name: "perplexity",
  summary: "How well a book goes on after contexts of any length",
  tasks: [TASK],
  async *cases(choice, { tokenizer, data }) {
    const { lengths = [2048, 8192, 32768], limit = Infinity } = choice;
    const seeds = choice.seeds ?? [...Array(SEEDS).keys()];
    const documents = (await textDocuments(data)).map((document) => ({
      document,
      text: tokenText(document.text, tokenizer),
    }));
    const most = Math.max(...lengths);
    if (Math.min(...lengths) < 2 * (MEASURED + ASKED)) {
      throw new RangeError(
        `Lengths begin at ${
          2 * (MEASURED + ASKED)
        }: ${MEASURED} tokens are measured after ${ASKED} that ask`,
      );
    }
    const places = seeds.map((seed) => {
      const { document, text } = documents[seed % documents.length]!;
      const turn = Math.floor(seed / documents.length);
      return { seed, document, text, end: endOf(text.length, turn) };
    }).filter(({ end }) => end >= most).slice(0, limit);
    if (places.length === 0) {
      throw new RangeError(
        `No text has ${most} tokens before a place that is measured; the longest has ${
          Math.max(...documents.map(({ text }) => text.length))
        }`,
      );
    }
    for (const length of lengths) {
      for (const place of places) yield caseAt(place, length, tokenizer);
    }
  },
};

/** A place in a text, and who asked for it. */
interface Place {
  readonly seed: number;
  readonly document: TextDocument;
  readonly text: TokenText;
  /** Token behind the last that is measured. */
  readonly end: number;
}

/** The golden ratio spreads any number of places evenly. */
function endOf(tokens: number, turn: number): number {
  const share = turn * 0.6180339887498949 % 1;
  return tokens - Math.floor(share * tokens / 2);
}

function caseAt(
  { seed, document: { name, files }, text, end }: Place,
  length: number,
  tokenizer: Pick<Tokenizer, "encode">,
): EvalCase {
  const expected = text.slice(end - MEASURED, end);
  const question = text.slice(end - MEASURED - ASKED, end - MEASURED);
  const count = (part: string) => tokenizer.encode(part).length;
  // A run keeps `maxTokens` free.
  const measured = Math.max(count(expected), MEASURED);
  const room = length - 1 - count(question) - measured;
  const to = end - MEASURED - ASKED;
  // Cut off, a text may encode into a few tokens more.
  let size = Math.min(room, to);
  let document = text.slice(to - size, to);
  for (let i = 0; i < TRIES && count(document) > room; i++) {
    size -= count(document) - room;
    document = text.slice(to - size, to);
  }
  return {
    id: `${TASK}/${length}/${name}/${seed}`,
    task: TASK,
    length,
    seed,
    document,
    question,
    expected: [expected],
    metric: metric.name,
    maxTokens: MEASURED,
    ...(files.length > 0 && { files }),
  };
}
