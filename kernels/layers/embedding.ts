import type { BlockQuantized, WeightData } from "../../io/weights.ts";

/**
 * The token embedding, looked up on the host: a chunk needs a few thousand of its rows, and a session of its own
 * would hold the whole table once more, in fp32.
 */
export class Embedding {
  constructor(
    readonly weights: WeightData, // [vocab, hidden]
    readonly vocab: number,
    readonly hidden: number,
    /** What its rows are multiplied by. */
    readonly scale = 1,
  ) {}

  /** Writes the rows of `ids` to `out`, from row `at`. */
  lookup(ids: Int32Array, out: Float32Array, at = 0): void {
    const { weights, hidden } = this;
    for (const [i, id] of ids.entries()) {
      if (id < 0 || id >= this.vocab) {
        throw new RangeError(
          `Token id ${id} is outside the model's vocabulary of ${this.vocab}`,
        );
      }
      const row = out.subarray((at + i) * hidden, (at + i + 1) * hidden); // [hidden]
      if (weights.kind === "dense") {
        row.set(weights.data.subarray(id * hidden, (id + 1) * hidden));
      } else dequantizeRow(weights, id, row);
      if (this.scale === 1) continue;
      for (let d = 0; d < hidden; d++) row[d]! *= this.scale;
    }
  }
}

/** One row of a block-quantised matrix in fp32. */
export function dequantizeRow(
  weights: BlockQuantized,
  index: number,
  out: Float32Array, // [in]
): void {
  const { bits, blockSize, quants, scales, mins } = weights;
  const blocks = out.length / blockSize;
  const offset = bits === 4 ? 8 : 128;
  for (let b = 0; b < blocks; b++) {
    const block = index * blocks + b;
    const scale = scales[block]!;
    const min = mins ? mins[block]! : 0;
    const start = block * blockSize * bits / 8;
    for (let i = 0; i < blockSize; i++) {
      const q = bits === 8
        ? quants[start + i]!
        : quants[start + (i >> 1)]! >> (i & 1) * 4 & 15;
      out[b * blockSize + i] = scale * (q - offset) + min;
    }
  }
}
