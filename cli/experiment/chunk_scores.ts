import type { RunEvent } from "../../mod.ts";

/** The last score of every chunk, by its index. */
export type ChunkScores = Record<number, number>;

/** Notes a chunk's score where an event says one. */
export function noteScore(scores: ChunkScores, event: RunEvent): void {
  if (event.type !== "chunk" || event.action !== "scored") return;
  if (event.score !== undefined) scores[event.chunk] = event.score;
}

/** One number a chunk in the document's order, with four decimals; `null` where a chunk has no score. */
export function scoreList(
  scores: ChunkScores,
  chunks: number,
): (number | null)[] {
  return Array.from({ length: chunks }, (_, i) => {
    const score = scores[i];
    return score === undefined ? null : Math.round(score * 1e4) / 1e4;
  });
}
