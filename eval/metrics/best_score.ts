/** The best score against any of the references; 0 without one. */
export function bestScore(
  expected: readonly string[],
  score: (reference: string) => number,
): number {
  return expected.reduce((best, text) => Math.max(best, score(text)), 0);
}
