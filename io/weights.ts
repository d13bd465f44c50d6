/**
 * A matrix in blocks along its input dimension: w = scale · (q − offset) + min, exactly as the file says.
 * `offset` is 8 for 4-bit and 128 for 8-bit (what ONNX Runtime's MatMulNBits assumes without zero points).
 */
export interface BlockQuantized {
  readonly kind: "blocks";
  readonly bits: 4 | 8;
  readonly blockSize: 16 | 32;
  /** 4-bit: two values a byte, low nibble first. */
  readonly quants: Uint8Array; // [out, in / blockSize, blockSize · bits / 8]
  readonly scales: Float32Array; // [out, in / blockSize]
  /** Added to every weight of the block; absent for symmetric formats. */
  readonly mins?: Float32Array; // [out, in / blockSize]
}

/** Plain numbers. */
export interface Dense {
  readonly kind: "dense";
  readonly data: Float32Array;
}

/** A weight's values, in row-major order. */
export type WeightData = BlockQuantized | Dense;

/**
 * Named tensors of a model file, read one at a time. Names say what a tensor does, whatever the file calls it:
 * `embedding.weight`, `layers.3.query.weight`, `layers.3.query.bias`, `norm.weight`, `head.weight`; see `LayerRole`.
 */
export interface WeightSource {
  readonly names: readonly string[];
  has(name: string): boolean;
  shape(name: string): readonly number[];
  /** Bytes in the file. */
  bytes(name: string): number;
  /** How it is written in the file: `Q8_0`, `F16`. */
  format?(name: string): string;
  /** Quantised where the format allows it without loss, dense otherwise. */
  read(name: string): Promise<WeightData>;
  /** Always decoded to fp32. */
  readDense(name: string): Promise<Float32Array>;
}
