import { number, pick, type Planted, type Random } from "./case.ts";

const people =
  "Anna Boris Clara Dmitri Elena Felix Greta Hugo Irene Jonas Karla Leon Marta Nils Olga Pavel Rita Simon Tessa Viktor"
    .split(" ");
const cities =
  "Lisbon Oslo Vienna Prague Dublin Madrid Athens Warsaw Helsinki Rome Berlin Paris Geneva Budapest Stockholm"
    .split(" ");
const jobs =
  "baker tailor carpenter doctor teacher painter lawyer farmer nurse pilot plumber butcher gardener"
    .split(" ");
const words =
  "lantern harbour violin marble pepper thunder castle ribbon walnut copper meadow falcon saddle candle"
    .split(" ");

/** A number hidden once; nothing else in the text looks like it. */
export function passKey(random: Random): Planted {
  const key = number(5, random);
  return {
    sentences: [
      `The pass key is ${key}. Remember it. ${key} is the pass key.`,
    ],
    question: "What is the pass key? The pass key is",
    answer: key,
  };
}

/** Four numbers under four names; one is asked for. */
export function magicNumber(random: Random): Planted {
  const names = pick(words, 4, random);
  const numbers = names.map(() => number(7, random));
  const asked = Math.floor(random() * 4);
  const name = names[asked]!;
  return {
    sentences: names.map((n, i) =>
      `One of the special magic numbers for ${n} is: ${numbers[i]}.`
    ),
    question:
      `What is the special magic number for ${name} mentioned in the provided text? ` +
      `The special magic number for ${name} mentioned in the provided text is`,
    answer: numbers[asked]!,
  };
}

/** Six facts about people; one is asked for. */
export function fact(random: Random): Planted {
  const names = pick(people, 6, random);
  const homes = pick(cities, 3, random);
  const trades = pick(jobs, 3, random);
  const asked = Math.floor(random() * 6);
  const name = names[asked]!;
  return {
    sentences: names.map((n, i) =>
      i < 3
        ? `${n} lives in ${homes[i]}.`
        : `${n} is a ${trades[i - 3]} by profession.`
    ),
    question: asked < 3
      ? `Where does ${name} live?\nAnswer:`
      : `What is the job of ${name}?\nAnswer:`,
    answer: asked < 3 ? homes[asked]! : trades[asked - 3]!,
  };
}

/** The tasks by name. */
export const tasks: Readonly<Record<string, (random: Random) => Planted>> = {
  "pass key": passKey,
  "magic number": magicNumber,
  "fact": fact,
};
