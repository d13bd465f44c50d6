/** One layer, as a calibrator sees it. */
export interface LayerStatistics {
  readonly layer: number;
  readonly layers: number;
  /** Query heads of the attention. */
  readonly heads: number;
  readonly kvHeads: number;
  readonly entries: number;
  /** Real entries of each KV head where heads are ragged. */
  readonly counts?: Int32Array; // [kvHeads]
  /** Place of every entry among the `lengths` that its head had: inside its chunk, or inside the merged cache. */
  readonly indices: Int32Array; // [kvHeads, entries]
  readonly lengths: Int32Array; // [kvHeads]
  /** Mean attention of the question's last n rows, by n. */
  readonly attention: ReadonlyMap<number, Float32Array>; // rows → [heads, entries]
}
