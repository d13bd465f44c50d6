import type { ScoreCell } from "./score_cell.ts";

/** How a cell stands among those that it is compared with. */
export type Standing = "best" | "tied" | "behind";

/**
 * The best of some cells, and those whose intervals overlap its own: they are tied with it, whatever their means are.
 * Cells in which nothing was judged are behind.
 */
export function standings(
  cells: readonly ScoreCell[],
  lowerIsBetter = false,
): Standing[] {
  const judged = cells.filter(({ value }) => value !== null);
  if (judged.length === 0) return cells.map(() => "behind");
  const sign = lowerIsBetter ? -1 : 1;
  const best = judged.reduce((a, b) =>
    sign * b.value! > sign * a.value! ? b : a
  );
  return cells.map((cell) => {
    if (cell.value === null) return "behind";
    if (cell.value === best.value) return "best";
    return cell.low <= best.high && best.low <= cell.high ? "tied" : "behind";
  });
}
