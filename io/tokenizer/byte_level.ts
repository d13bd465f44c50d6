/** The letter that stands for each byte in a byte-level vocabulary (GPT-2's table). */
const LETTERS: readonly string[] = (() => {
  const printable = (b: number) =>
    (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  let next = 256;
  return Array.from(
    { length: 256 },
    (_, b) => String.fromCharCode(printable(b) ? b : next++),
  );
})();

const BYTES: ReadonlyMap<string, number> = new Map(
  LETTERS.map((letter, byte) => [letter, byte]),
);

const encoder = new TextEncoder();

/** Bytes of a byte-level token (`Ġthe` is ` the`); letters outside the table count as their UTF-8. */
export function byteLevelBytes(token: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const letter of token) {
    const byte = BYTES.get(letter);
    if (byte === undefined) bytes.push(...encoder.encode(letter));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/i;

/** Bytes of a SentencePiece token: `▁` is a space and `<0x0A>` a single byte. */
export function sentencePieceBytes(token: string): Uint8Array<ArrayBuffer> {
  const single = BYTE_TOKEN.exec(token);
  return single
    ? Uint8Array.of(parseInt(single[1]!, 16))
    : encoder.encode(token.replaceAll("▁", " "));
}
