/** A method at one length: what it costs and what it is worth. */
export interface CostPoint {
  readonly cost: number;
  readonly value: number;
}

/** Points than which none is both no dearer and better, nor both cheaper and as good; the cheapest first. */
export function frontier<T extends CostPoint>(points: readonly T[]): T[] {
  return points.filter((point) =>
    !points.some(({ cost, value }) =>
      cost <= point.cost && value >= point.value &&
      (cost < point.cost || value > point.value)
    )
  ).sort((a, b) => a.cost - b.cost);
}
