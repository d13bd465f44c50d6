import { digits, uuid, wordPair } from "./drawn_text.ts";
import type { Random } from "./random.ts";

/** What keys and values are: RULER's `type_needle_k` and `type_needle_v`. */
export type NeedleType = "words" | "numbers" | "uuids";

/** RULER's needle (`scripts/data/synthetic/niah.py`, `needle`). */
export function needle(type: NeedleType, key: string, value: string): string {
  return `One of the special magic ${type} for ${key} is: ${value}.`;
}

/** A key or value: two words, seven digits, or a UUID (`niah.py`, `generate_random`). */
export function drawNeedle(type: NeedleType, random: Random): string {
  if (type === "numbers") return digits(7, random);
  return type === "words" ? wordPair(random) : uuid(random);
}
