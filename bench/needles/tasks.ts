import { hex, number, pick, type Planted, type Random } from "./case.ts";

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

const firms =
  "Silver Mill,Golden Bridge,Northern Light,Quiet River,Copper Field,Bright Harbour,Green Valley,Iron Gate"
    .split(",");

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

/** Eleven pairs of hexadecimal strings; the value under one key is asked for. */
export function hexKey(random: Random): Planted {
  const keys = Array.from({ length: 11 }, () => hex(8, random));
  const values = keys.map(() => hex(8, random));
  const asked = Math.floor(random() * keys.length);
  return {
    sentences: keys.map((key, i) => `"${key}": "${values[i]}"`),
    question: `Question: What is the value for the key "${
      keys[asked]
    }"?\nAnswer:`,
    answer: values[asked]!,
  };
}

/** A person works at a firm, the firm is based in a city; the city of the person's work is asked for. */
export function twoHop(random: Random): Planted {
  const [asked, other, third] = pick(people, 3, random);
  const [firm, otherFirm] = pick(firms, 2, random);
  const [city, otherCity] = pick(cities, 2, random);
  return {
    sentences: [
      `${asked} works at ${firm}.`,
      `${firm} is based in ${city}.`,
      `${other} works at ${otherFirm}.`,
      `${third} lives in ${otherCity}.`,
    ],
    question: `In which city does ${asked} work?\nAnswer:`,
    answer: city!,
  };
}

/** The tasks by name. */
export const tasks: Readonly<Record<string, (random: Random) => Planted>> = {
  "pass key": passKey,
  "magic number": magicNumber,
  "fact": fact,
  "hex key": hexKey,
  "two-hop": twoHop,
};
