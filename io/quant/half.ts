/**
 * Every half-precision number as fp32, by its 16 bits.
 *
 * A table, because the scales of quantised blocks lie two bytes apart from
 * everything else, where no `Float16Array` can see them.
 */
export const HALF: Float32Array = new Float32Array(
  new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer),
);
