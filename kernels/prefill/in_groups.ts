/** Runs items of the same key together, one group after the other; results come in the order of the items. */
export async function inGroups<T, R>(
  items: readonly T[],
  keyOf: (item: T) => unknown,
  run: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const groups = Map.groupBy([...items.keys()], (i) => keyOf(items[i]!));
  const results = new Array<R>(items.length);
  for (const group of groups.values()) {
    const found = await run(group.map((i) => items[i]!));
    for (const [at, i] of group.entries()) results[i] = found[at]!;
  }
  return results;
}
