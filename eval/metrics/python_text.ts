// What Python's `str` and `re` do and JavaScript's do not; the published scorers stand on it.

/** Python's whitespace: JavaScript's with U+001C to U+001F and U+0085, without U+FEFF. */
const space =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const spaces = new RegExp(`[${space}]+`, "u");
const outerSpaces = new RegExp(`^[${space}]+|[${space}]+$`, "gu");

/** `text.split()`: the words between whitespace. */
export function splitWords(text: string): string[] {
  return text.split(spaces).filter((word) => word !== "");
}

/** `text.strip()`. */
export function strip(text: string): string {
  return text.replace(outerSpaces, "");
}

/** `re.findall(r"\d+", text)`: digits of any script count. */
export function digitRuns(text: string): string[] {
  return text.match(/\p{Nd}+/gu) ?? [];
}

/** `int(text)` as text without leading zeros, or `undefined` where Python raises `ValueError`. */
export function integerOf(text: string): bigint | undefined {
  const [, sign, digits] =
    /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(strip(text)) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(asciiDigits(digits.replaceAll("_", "")));
  return sign === "-" ? -value : value;
}

/** The same text with digits of any script as 0 to 9. */
export function asciiDigits(text: string): string {
  return text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    // Digits come in runs of ten, from zero on.
    const at = digit.codePointAt(0)!;
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(at - before - 1))) before++;
    return String(before % 10);
  });
}

/** Every one of `marks` replaced with a blank, one after the other. */
export function blank(text: string, marks: readonly string[]): string {
  return marks.reduce((rest, mark) => rest.replaceAll(mark, " "), text);
}

/** Runs of blanks as one blank. */
export function singleBlanks(text: string): string {
  return text.replace(/ {2,}/g, " ");
}

/** `text.lstrip("\n").split("\n")`. */
export function linesOf(text: string): string[] {
  return text.replace(/^\n+/, "").split("\n");
}
