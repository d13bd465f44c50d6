import type { Chunk, TokenizedDocument } from "../../mod.ts";
import type { RecordedChunk } from "./run_record.ts";

/**
 * Where a chunk's tokens lie in the document: from `byteStart` on, as far as the ids agree, and what is left at the
 * document's end (chunks that leave out the middle). Nothing where neither explains all tokens.
 */
export function tokenPieces(
  { tokens, byteStart }: Chunk,
  { ids, byteEnds }: TokenizedDocument,
): RecordedChunk["pieces"] {
  const startOf = (token: number) => token === 0 ? 0 : byteEnds[token - 1]!;
  const piece = (from: number, to: number) => ({
    byteStart: startOf(from),
    lengths: Array.from(
      { length: to - from },
      (_, i) => byteEnds[from + i]! - startOf(from + i),
    ),
  });
  const first = firstToken(byteEnds, byteStart);
  let head = 0;
  while (head < tokens.length && ids[first + head] === tokens[head]) head++;
  if (head === tokens.length) return [piece(first, first + head)];
  const tail = tokens.length - head;
  for (let i = 0; i < tail; i++) {
    if (ids[ids.length - tail + i] !== tokens[head + i]) return undefined;
  }
  return [piece(first, first + head), piece(ids.length - tail, ids.length)];
}

/** Index of the first token that starts at a byte or behind it. */
function firstToken(byteEnds: Uint32Array, byteStart: number): number {
  let [low, high] = [0, byteEnds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = middle === 0 ? 0 : byteEnds[middle - 1]!;
    if (start < byteStart) low = middle + 1;
    else high = middle;
  }
  return low;
}
