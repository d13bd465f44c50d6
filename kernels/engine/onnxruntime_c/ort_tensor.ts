import type { DType } from "../../onnx/builder.ts";
import type { TensorData } from "../protocol.ts";
import { type Handle, type OrtApi, Out } from "./ort_api.ts";

/** ONNX's number of each element type, and what holds its values. */
const elements = {
  float32: { code: 1, of: Float32Array },
  uint8: { code: 2, of: Uint8Array },
  int8: { code: 3, of: Int8Array },
  int32: { code: 6, of: Int32Array },
  int64: { code: 7, of: BigInt64Array },
  bool: { code: 9, of: Uint8Array },
  float16: { code: 10, of: Uint16Array },
  float64: { code: 11, of: Float64Array },
} as const satisfies Record<DType, unknown>;

/** A tensor of ONNX Runtime, in host or device memory. */
export class OrtTensor implements Disposable {
  #described:
    | { readonly type: DType; readonly dims: readonly number[] }
    | undefined;

  /** @param data What the tensor lies on, where that is not its own. */
  constructor(
    readonly api: OrtApi,
    readonly handle: Handle,
    readonly data?: TensorData,
  ) {}

  /** A tensor over `data`, which must stay as it is while the tensor lives. */
  static over(
    api: OrtApi,
    memory: Handle,
    { type, dims, data }: {
      readonly type: DType;
      readonly dims: readonly number[];
      readonly data: TensorData;
    },
  ): OrtTensor {
    const bytes = new Uint8Array(
      data.buffer as ArrayBuffer,
      data.byteOffset,
      data.byteLength,
    );
    const out = new Out();
    api.CreateTensorWithDataAsOrtValue(
      memory,
      bytes,
      BigInt(bytes.length),
      BigInt64Array.from(dims, BigInt),
      BigInt(dims.length),
      elements[type].code,
      out.memory,
    );
    return new OrtTensor(api, out.handle, data);
  }

  /** A tensor with memory of its own, not filled. */
  static empty(
    api: OrtApi,
    allocator: Handle,
    type: DType,
    dims: readonly number[],
  ): OrtTensor {
    const out = new Out();
    api.CreateTensorAsOrtValue(
      allocator,
      BigInt64Array.from(dims, BigInt),
      BigInt(dims.length),
      elements[type].code,
      out.memory,
    );
    return new OrtTensor(api, out.handle);
  }

  get type(): DType {
    return this.#describe().type;
  }

  get dims(): readonly number[] {
    return this.#describe().dims;
  }

  /** The values of a tensor in host memory: a view, which ends with the tensor. */
  view(): TensorData {
    const { type, dims } = this.#describe();
    const { of } = elements[type];
    const size = dims.reduce((a, b) => a * b, 1);
    if (size === 0) return new of(0);
    const out = new Out();
    this.api.GetTensorMutableData(this.handle, out.memory);
    const bytes = size * of.BYTES_PER_ELEMENT;
    return new of(Deno.UnsafePointerView.getArrayBuffer(out.handle, bytes));
  }

  [Symbol.dispose](): void {
    this.api.ReleaseValue(this.handle);
  }

  #describe() {
    return this.#described ??= describe(this.api, this.handle);
  }
}

function describe(api: OrtApi, value: Handle) {
  const info = new Out();
  api.GetTensorTypeAndShape(value, info.memory);
  const code = new Int32Array(1);
  api.GetTensorElementType(info.handle, code);
  const rank = new Out();
  api.GetDimensionsCount(info.handle, rank.memory);
  const dims = new BigInt64Array(rank.number);
  if (rank.number > 0) {
    api.GetDimensions(info.handle, dims, BigInt(rank.number));
  }
  api.ReleaseTensorTypeAndShapeInfo(info.handle);
  const found = Object.entries(elements).find(([, e]) => e.code === code[0]);
  if (!found) {
    throw new TypeError(`ONNX's element type ${code[0]} is not used here`);
  }
  return { type: found[0] as DType, dims: [...dims].map(Number) };
}
