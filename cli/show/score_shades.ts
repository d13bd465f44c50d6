import type { RecordedChunk } from "../record/run_record.ts";

/**
 * How good each chunk's score is, from 0 to 1; null where there is none. Whether low or high is good is read off
 * which chunks were kept, by score at first.
 */
export function scoreShades(
  chunks: readonly RecordedChunk[],
): (number | null)[] {
  const scored = chunks.filter(({ score }) => score !== null);
  const scores = scored.map(({ score }) => score!);
  const low = scores.reduce((a, b) => Math.min(a, b), Infinity);
  const high = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const mean = (...fates: RecordedChunk["fate"][]) => {
    const own = scored.filter(({ fate }) => fates.includes(fate));
    return own.reduce((sum, { score }) => sum + score!, 0) / own.length;
  };
  const lowIsGood = !(mean("kept", "evicted") > mean("dropped"));
  return chunks.map(({ score }) => {
    if (score === null) return null;
    if (high === low) return 1;
    const height = (score - low) / (high - low);
    return lowIsGood ? 1 - height : height;
  });
}
