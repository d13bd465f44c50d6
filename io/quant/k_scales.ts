import { HALF } from "./half.ts";

/**
 * Scales and minima of the eight 32-weight blocks in a Q4_K or Q5_K
 * super-block: two half-precision factors, then sixteen six-bit numbers in 12
 * bytes (four bytes of scales, four of minima, four with the low nibbles of
 * the other four of each, whose upper two bits top the first eight bytes).
 *
 * @param at Where the super-block starts in `from`.
 * @param scales Gets d · scale. // [8]
 * @param mins Gets dmin · min, to be subtracted. // [8]
 */
export function readKScales(
  from: Uint8Array,
  at: number,
  scales: Float32Array,
  mins: Float32Array,
): void {
  const d = HALF[from[at]! | from[at + 1]! << 8]!;
  const dmin = HALF[from[at + 2]! | from[at + 3]! << 8]!;
  for (let i = 0; i < 4; i++) {
    const s = from[at + 4 + i]!;
    const m = from[at + 8 + i]!;
    const low = from[at + 12 + i]!;
    scales[i] = d * (s & 63);
    mins[i] = dmin * (m & 63);
    scales[4 + i] = d * ((low & 15) | (s >> 2 & 0x30));
    mins[4 + i] = dmin * (low >> 4 | (m >> 2 & 0x30));
  }
}
