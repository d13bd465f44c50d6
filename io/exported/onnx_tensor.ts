import { fromBinary } from "@bufbuild/protobuf";
import {
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "onnx-buf";
import type { WireField, WireReader } from "./onnx_wire.ts";

/** A weight or constant of an ONNX model; its numbers stay where they are. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** ONNX's element type. */
  readonly type: number;
  /** Where its message lies in the file. */
  readonly from: number;
  readonly length: number;
  /** Bytes of its numbers. */
  readonly bytes: number;
  /** Numbers are written one by one, so that `bytes` is not what they take. */
  readonly oneByOne: boolean;
  /** In another file, beside the model. */
  readonly external?: OnnxPlace;
  /** Its numbers, where it has at most one. */
  readonly scalar?: number;
}

/** A piece of a file that holds weights. */
export interface OnnxPlace {
  readonly location: string;
  readonly offset: number;
  /** Absent: up to the file's end. */
  readonly length?: number;
}

/** Field numbers of TensorProto. */
const TENSOR = { dims: 1, type: 2, name: 8, external: 13, location: 14 };
/** Those that hold numbers: as they lie in memory, or one by one. */
const RAW = 9;
const DATA: ReadonlySet<number> = new Set([4, 5, 6, 7, RAW, 10, 11]);

/** Messages up to this length are read whole. */
const SMALL = 256;

/** Bytes of a number, by ONNX's element type, of the types that weights are held in. */
const WIDTHS: Readonly<Record<number, number>> = {
  1: 4,
  2: 1,
  3: 1,
  6: 4,
  7: 8,
  10: 2,
  11: 8,
  16: 2,
};

/** Bytes that a tensor's numbers take by its shape; nothing for types that hold no plain numbers. */
export function wantedBytes(
  { dims, type }: Pick<OnnxTensor, "dims" | "type">,
): number | undefined {
  const width = WIDTHS[type];
  return width && dims.reduce((size, dim) => size * dim, width);
}

/** Reads all of a tensor but its numbers. */
export async function readTensorHead(
  reader: WireReader,
  field: WireField,
): Promise<OnnxTensor> {
  const { from, length } = field;
  const dims: number[] = [];
  const place = new Map<string, string>();
  let [type, name, bytes, outside, oneByOne] = [0, "", 0, false, false];
  for await (const part of reader.fields(from, from + length)) {
    if (part.number === TENSOR.type) type = part.value;
    if (part.number === TENSOR.location) outside = part.value === 1;
    if (DATA.has(part.number)) {
      bytes += part.length;
      if (part.number !== RAW) oneByOne = true;
    }
    if (part.number === TENSOR.name) {
      name = new TextDecoder().decode(await reader.content(part));
    }
    if (part.number === TENSOR.dims) {
      if (part.length === 0) dims.push(part.value);
      else dims.push(...varints(await reader.content(part)));
    }
    if (part.number === TENSOR.external) {
      const entry = await reader.content(part);
      const { key, value } = fromBinary(StringStringEntryProtoSchema, entry);
      place.set(key, value);
    }
  }
  const size = place.get("length");
  const external = outside && {
    location: place.get("location") ?? "",
    offset: Number(place.get("offset") ?? 0),
    ...(size !== undefined && { length: Number(size) }),
  };
  const scalar = !outside && length <= SMALL
    ? constantScalar(
      fromBinary(TensorProtoSchema, await reader.content(field)),
    )
    : undefined;
  return {
    name,
    dims,
    type,
    from,
    length,
    bytes: external ? external.length ?? 0 : bytes,
    oneByOne,
    ...(external && { external }),
    ...(scalar !== undefined && { scalar }),
  };
}

/** The number of a tensor that holds one; nothing for others, and for types that hold no plain numbers. */
export function constantScalar(tensor: TensorProto): number | undefined {
  if (tensor.dims.some((size) => size !== 1n)) return undefined;
  const { rawData: raw, floatData, int64Data, int32Data, dataType } = tensor;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (raw.length > 0) {
    switch (dataType) {
      case 1:
        return view.getFloat32(0, true);
      case 6:
        return view.getInt32(0, true);
      case 7:
        return Number(view.getBigInt64(0, true));
      case 10:
        return view.getFloat16(0, true);
      case 11:
        return view.getFloat64(0, true);
      default:
        return undefined;
    }
  }
  if (dataType === 10) return undefined; // bits in place of a number
  return floatData[0] ?? int32Data[0] ??
    (int64Data[0] === undefined ? undefined : Number(int64Data[0]));
}

function varints(bytes: Uint8Array): number[] {
  const values = [];
  let [value, factor] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      values.push(value);
      [value, factor] = [0, 1];
    }
  }
  return values;
}
