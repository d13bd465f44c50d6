import { below, oneOf, type Random } from "./random.ts";
import { commonWords } from "./words.ts";

/** A number of `count` digits that does not start with 0. */
export function digits(count: number, random: Random): string {
  const low = 10 ** (count - 1);
  return String(low + below(9 * low, random));
}

/** `count` hexadecimal digits. */
export function hex(count: number, random: Random): string {
  return letters(count, "0123456789abcdef", random);
}

/** `count` characters of an alphabet. */
export function letters(
  count: number,
  alphabet: string,
  random: Random,
): string {
  return Array.from({ length: count }, () => oneOf([...alphabet], random))
    .join("");
}

/** A random UUID of version 4 (RFC 9562). */
export function uuid(random: Random): string {
  const variant = "89ab"[below(4, random)]!;
  return [
    hex(8, random),
    hex(4, random),
    `4${hex(3, random)}`,
    variant + hex(3, random),
    hex(12, random),
  ].join("-");
}

/** Two words joined by a hyphen, as RULER's `adjective-noun`. */
export function wordPair(random: Random): string {
  const words = commonWords();
  return `${oneOf(words, random)}-${oneOf(words, random)}`;
}
