/** The first `head` and the last `tail` ids, or all where they overlap. */
export function headAndTail(
  ids: Int32Array,
  head: number,
  tail: number,
): Int32Array {
  if (head + tail >= ids.length) return ids;
  const part = new Int32Array(head + tail); // [head + tail]
  part.set(ids.subarray(0, head));
  part.set(ids.subarray(ids.length - tail), head);
  return part;
}
