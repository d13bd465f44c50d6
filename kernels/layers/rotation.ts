/**
 * An orthogonal matrix that spreads every channel over all others: a Hadamard matrix where the size is a power of
 * two, else its product with a cosine transform of the odd rest.
 */
export function rotationMatrix(size: number): Float32Array {
  let power = 1;
  while (size % (power * 2) === 0) power *= 2;
  const rest = size / power;
  const matrix = new Float32Array(size * size); // [size, size]
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [p, q] = [i % power, j % power];
      const [r, s] = [Math.floor(i / power), Math.floor(j / power)];
      matrix[i * size + j] = hadamard(p, q) / Math.sqrt(power) *
        cosine(r, s, rest);
    }
  }
  return matrix;
}

/** ±1: the parity of the bits that two indices share. */
function hadamard(i: number, j: number): number {
  let bits = i & j;
  let parity = 0;
  for (; bits; bits &= bits - 1) parity ^= 1;
  return parity ? -1 : 1;
}

/** The orthonormal cosine transform (DCT-II). */
function cosine(r: number, s: number, size: number): number {
  const scale = Math.sqrt((r === 0 ? 1 : 2) / size);
  return scale * Math.cos(Math.PI * (s + 0.5) * r / size);
}

/** Multiplies rows by {@linkcode rotationMatrix} from the right, in place, without the matrix: x ← x R. */
export function rotateRows(
  rows: Float32Array, // [count, size]
  size: number,
): void {
  let power = 1;
  while (size % (power * 2) === 0) power *= 2;
  const rest = size / power;
  const table = Float32Array.from(
    { length: rest * rest },
    (_, i) => cosine(Math.floor(i / rest), i % rest, rest) / Math.sqrt(power),
  ); // [rest, rest]
  const mixed = new Float32Array(rest);
  for (let at = 0; at < rows.length; at += size) {
    for (let part = at; part < at + size; part += power) {
      for (let half = 1; half < power; half *= 2) {
        for (let i = part; i < part + power; i += 2 * half) {
          for (let j = i; j < i + half; j++) {
            const [a, b] = [rows[j]!, rows[j + half]!];
            rows[j] = a + b;
            rows[j + half] = a - b;
          }
        }
      }
    }
    for (let p = 0; p < power; p++) {
      mixed.fill(0);
      for (let r = 0; r < rest; r++) {
        const x = rows[at + r * power + p]!;
        for (let s = 0; s < rest; s++) mixed[s]! += x * table[r * rest + s]!;
      }
      for (let s = 0; s < rest; s++) rows[at + s * power + p] = mixed[s]!;
    }
  }
}
