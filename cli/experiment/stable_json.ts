/** JSON in which equal values are equal texts: keys are sorted. */
export function stableJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner) => {
    if (ArrayBuffer.isView(inner)) return Array.from(inner as Uint8Array);
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) {
      return inner;
    }
    const entries = Object.entries(inner);
    return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
  });
  return text ?? "null";
}
