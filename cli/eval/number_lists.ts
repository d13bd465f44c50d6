import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Reads `0-19,100`: whole numbers and ranges, apart by commas; each number once. */
export function readRanges(text: string): number[] {
  const numbers = text.split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/
      .exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to < from || to - from > 1e6) {
      throw new InvalidArgumentError(
        "Write whole numbers and ranges, such as 0-19,100.",
      );
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  return [...new Set(numbers)];
}

/** Reads `2048,8192`: whole numbers of at least 1, apart by commas. */
export function readLengths(text: string): number[] {
  const lengths = text.split(",").map((part) => part.trim());
  if (lengths.every((length) => /^[1-9]\d{0,8}$/.test(length))) {
    return [...new Set(lengths.map(Number))];
  }
  throw new InvalidArgumentError("Write numbers of tokens, such as 2048,8192.");
}
