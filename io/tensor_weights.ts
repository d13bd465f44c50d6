import type { ByteSource } from "./byte_source.ts";
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
}

/** Reads tensors by their Hugging Face names out of one or several files. */
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

  async read(name: string): ReturnType<WeightSource["read"]> {
    const { format } = this.#find(name);
    const bytes = await this.raw(name);
    return format.repack
      ? format.repack(bytes)
      : { kind: "dense", data: format.decode(bytes) };
  }

  async readDense(name: string): Promise<Float32Array> {
    const { format } = this.#find(name);
    return format.decode(await this.raw(name));
  }

  /** The tensor as it lies in the file. */
  protected async raw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { source, offset, bytes } = this.#find(name);
    return await source.read(offset, bytes);
  }

  #find(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    throw new RangeError(`No tensor "${name}" in the model`);
  }
}
