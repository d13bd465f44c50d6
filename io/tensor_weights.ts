import type { ByteSource } from "./files/byte_source.ts";
import { toHalfSplitRows } from "./gguf/gguf_rotary_order.ts";
import type { QuantFormat } from "./quant/quant_format.ts";
import type { WeightSource } from "./weights.ts";

/** Where a tensor lies and how it is written. */
export interface StoredTensor {
  readonly source: ByteSource;
  /** Absolute, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** Row-major. */
  readonly shape: readonly number[];
  readonly format: QuantFormat;
  /** Rows that rotate together are neighbours in the file. */
  readonly pairs?: { readonly headDim: number; readonly ropeDim: number };
  /** To be added to every value of the file. */
  readonly plus?: number;
}

/** Reads tensors by name out of one or several files. */
export class TensorWeights implements WeightSource {
  readonly names: readonly string[];
  #tensors: ReadonlyMap<string, StoredTensor>;

  constructor(tensors: ReadonlyMap<string, StoredTensor>) {
    this.#tensors = tensors;
    this.names = [...tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  shape(name: string): readonly number[] {
    return this.#find(name).shape;
  }

  bytes(name: string): number {
    return this.#find(name).bytes;
  }

  format(name: string): string {
    return this.#find(name).format.name;
  }

  async read(name: string): ReturnType<WeightSource["read"]> {
    const { format, plus } = this.#find(name);
    return format.repack && !plus
      ? format.repack(await this.#raw(name))
      : { kind: "dense", data: await this.readDense(name) };
  }

  async readDense(name: string): Promise<Float32Array> {
    const { format, plus } = this.#find(name);
    const data = format.decode(await this.#raw(name));
    return plus ? data.map((value) => value + plus) : data;
  }

  /** The tensor as it lies in the file, but for the order of its rows. */
  async #raw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { source, offset, bytes, pairs, shape } = this.#find(name);
    const data = await source.read(offset, bytes);
    return pairs ? toHalfSplitRows(data, { ...pairs, rows: shape[0]! }) : data;
  }

  #find(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    throw new RangeError(`No tensor "${name}" in the model`);
  }
}
