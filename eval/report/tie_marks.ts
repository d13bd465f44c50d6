import type { ScoreCell } from "./score_cell.ts";

/** How a cell stands among those that it is compared with. */
export interface Standing {
  /** No mean is better; nobody is where all are alike. */
  readonly best: boolean;
  /** Its interval overlaps that of the best; of the best: somebody else's does. */
  readonly tied: boolean;
}

/**
 * Which cells are the best, and which are tied: cells whose intervals overlap the best's, whatever their means are.
 * Cells in which nothing was judged are neither.
 */
export function standings(
  cells: readonly ScoreCell[],
  lowerIsBetter = false,
): Standing[] {
  const judged = cells.filter(({ value }) => value !== null);
  const sign = lowerIsBetter ? -1 : 1;
  const top = judged.reduce<ScoreCell | undefined>(
    (a, b) => a && sign * a.value! >= sign * b.value! ? a : b,
    undefined,
  );
  const overlaps = ({ value, low, high }: ScoreCell) =>
    value !== null && low <= top!.high && top!.low <= high;
  const shared = judged.filter(overlaps).length > 1;
  const alike = judged.every(({ value }) => value === top!.value);
  return cells.map((cell) => ({
    best: cell.value !== null && cell.value === top?.value && !alike,
    tied: shared && overlaps(cell),
  }));
}
