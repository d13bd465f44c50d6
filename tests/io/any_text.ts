import fc from "fast-check";

/** Texts of any code points, lone surrogates too, the low ones more often. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const codePoint = fc.oneof(
    fc.nat(0x7f),
    fc.nat(0x24f),
    fc.nat(0xffff),
    fc.nat(0x10ffff),
  );
  return fc.array(codePoint, { maxLength })
    .map((points) => String.fromCodePoint(...points));
}
