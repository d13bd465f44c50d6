/**
 * Invalid sequences in UTF-8, counted as decoders replace them: one U+FFFD for
 * each longest beginning of a character that does not go on.
 *
 * @returns How many, and the offset of the first (0 where there is none).
 */
export function invalidUtf8(
  bytes: Uint8Array,
): { readonly count: number; readonly first: number } {
  let count = 0;
  let first = 0;
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(lead);
    let here = 1;
    while (here < length && continues(lead, here, bytes[at + here])) here++;
    if (length === 0 || here < length) {
      if (count++ === 0) first = at;
    }
    at += here;
  }
  return { count, first };
}

/** Bytes of the character that `lead` begins, 0 if it begins none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** Whether `byte` may be the `index`th byte after `lead` (overlong forms, surrogates and U+110000 up may not). */
function continues(
  lead: number,
  index: number,
  byte: number | undefined,
): boolean {
  if (byte === undefined) return false;
  const low = index > 1
    ? 0x80
    : lead === 0xe0
    ? 0xa0
    : lead === 0xf0
    ? 0x90
    : 0x80;
  const high = index > 1
    ? 0xbf
    : lead === 0xed
    ? 0x9f
    : lead === 0xf4
    ? 0x8f
    : 0xbf;
  return byte >= low && byte <= high;
}
