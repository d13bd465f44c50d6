import type { BlockQuantized } from "../weights.ts";

/** How one GGML tensor type lies in a file, and how to read it. */
export interface QuantFormat {
  /** GGML's name (`Q8_0`). */
  readonly name: string;
  /** GGML's number of the type. */
  readonly id: number;
  /** Weights in a block. */
  readonly blockSize: number;
  /** Bytes of a block in the file. */
  readonly blockBytes: number;
  /** All weights as fp32, bit for bit what the `gguf` Python package's `dequantize` gives. */
  decode(bytes: Uint8Array<ArrayBuffer>): Float32Array;
  /** The same values as scale · (q − offset) + min; absent for formats without blocks. */
  repack?(bytes: Uint8Array<ArrayBuffer>): BlockQuantized;
}
