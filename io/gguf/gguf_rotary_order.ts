/**
 * Undoes the row order of q and k in a GGUF file.
 *
 * GGUF stores the two numbers that RoPE rotates together in neighbouring rows
 * (2i, 2i + 1); Hugging Face, and this project, half a rotary width apart
 * (i, i + ropeDim / 2). Only whole output rows move, so quantised rows move
 * as they are.
 *
 * @param bytes The tensor as it lies in the file. // [rows, bytesPerRow]
 * @param rows Output rows: heads · headDim.
 */
export function toHalfSplitRows(
  bytes: Uint8Array<ArrayBuffer>,
  { rows, headDim, ropeDim }: {
    rows: number;
    headDim: number;
    ropeDim: number;
  },
): Uint8Array<ArrayBuffer> {
  const rowBytes = bytes.length / rows;
  const half = ropeDim / 2;
  const out = bytes.slice(); // [rows, bytesPerRow]
  for (let head = 0; head < rows; head += headDim) {
    for (let i = 0; i < half; i++) {
      move(head + 2 * i, head + i);
      move(head + 2 * i + 1, head + half + i);
    }
  }
  return out;

  function move(from: number, to: number): void {
    out.set(
      bytes.subarray(from * rowBytes, (from + 1) * rowBytes),
      to * rowBytes,
    );
  }
}
