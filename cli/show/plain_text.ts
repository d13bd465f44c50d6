/**
 * Text that a terminal shows and does not obey: control characters become their pictures (U+2400 and on), those that turn
 * the direction of text U+FFFD; line ends and tabs stay.
 */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(
    /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => {
      const code = character.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? "\u2421" : "\ufffd";
    },
  );
}
