/** The middle value; between two the mean. No values are a `RangeError`. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("No values; give at least one");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
