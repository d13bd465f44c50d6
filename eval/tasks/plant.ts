import { type Haystack, sentencesFrom } from "./haystack.ts";
import { below, oneOf, pick, type Random } from "./random.ts";

/**
 * Depths of needles in running text, in per cent: 40 even steps from 0 to 100 (RULER, `scripts/data/synthetic/niah.py`
 * and `variable_tracking.py`, `DEPTHS`).
 */
export const depths: readonly number[] = Array.from(
  { length: 40 },
  (_, i) => Math.round(i * 100 / 39),
);

/**
 * A document of running text by its number of words, with `needles` between its sentences, in their order. It starts
 * at a sentence drawn at random, where RULER always starts with the first essay.
 */
export function plantInText(
  haystack: Haystack,
  needles: readonly string[],
  random: Random,
): (words: number) => string {
  const start = oneOf(haystack.starts, random);
  const at = pick(depths, needles.length, random).sort((a, b) => a - b);
  return (words) => {
    const sentences = sentencesFrom(haystack, start, words);
    const parts: string[] = [];
    let from = 0;
    for (const [i, needle] of needles.entries()) {
      const to = Math.floor(sentences.length * at[i]! / 100);
      parts.push(...sentences.slice(from, to), needle);
      from = to;
    }
    return [...parts, ...sentences.slice(from)].join(" ");
  };
}

/**
 * A document of lines by their number, with `needles` before random lines of it, in their order, a line of hay between
 * any two (RULER: `random.sample(range(num_haystack), len(needles))`).
 *
 * @param hay The first `count` lines; the same for a longer document, and more.
 */
export function plantInLines(
  hay: (count: number) => readonly string[],
  needles: readonly string[],
  random: Random,
): (lines: number) => string {
  const shares = needles.map(() => random()).sort((a, b) => a - b);
  return (lines) => {
    const text = [...hay(lines)];
    const at = apart(shares, text.length);
    for (let i = needles.length; i-- > 0;) text.splice(at[i]!, 0, needles[i]!);
    return text.join("\n");
  };
}

/** Ascending shares of [0, `count`) as different whole numbers. */
function apart(shares: readonly number[], count: number): number[] {
  const at = shares.map((share) => below(count, () => share));
  for (let i = 1; i < at.length; i++) at[i] = Math.max(at[i]!, at[i - 1]! + 1);
  for (let i = at.length; i-- > 0;) {
    at[i] = Math.min(at[i]!, count - at.length + i); // room for those behind
  }
  return at;
}

/** RULER's noise, five sentences a line (`niah.py`, `variable_tracking.py`: `type_haystack: noise`). */
const NOISE = [
  "The grass is green.",
  "The sky is blue.",
  "The sun is yellow.",
  "Here we go.",
  "There and back again.",
] as const;

/** Lines of noise by the number of their sentences; the last line may be shorter than RULER's. */
export function noiseLines(sentences: number): string[] {
  const whole = Math.floor(sentences / NOISE.length);
  const rest = NOISE.slice(0, sentences % NOISE.length);
  const lines: string[] = Array(whole).fill(NOISE.join(" "));
  return rest.length > 0 ? [...lines, rest.join(" ")] : lines;
}
