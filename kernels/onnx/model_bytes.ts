import { create, toBinary } from "@bufbuild/protobuf";
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  type TensorProto_DataType as ElementType,
  TensorProtoSchema,
} from "onnx-buf";

/** A constant of the graph. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: ElementType;
  readonly data: Uint8Array;
}

/**
 * Field numbers of onnx.proto that are written here: ModelProto.graph, GraphProto.initializer, TensorProto.raw_data,
 * ModelProto.functions.
 */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;
const FUNCTIONS = 25;

/**
 * Serialises a model whose weights are written straight into the result.
 *
 * The library would copy every weight once for each level of nesting. Protobuf merges a message field that
 * appears twice, so the weights follow the model as further pieces of its graph.
 *
 * @param apart Constants that are named only; the session is given their data.
 * @param taken Called after each constant was copied, so that its memory can go.
 */
export function modelBytes(
  model: object,
  initializers: readonly Initializer[],
  apart: readonly Initializer[] = [],
  taken: (initializer: Initializer) => void = () => {},
): Uint8Array<ArrayBuffer> {
  const head = toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
  const named = apart.map(({ name, dims, type: dataType }) =>
    weightPiece(toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, {
        name,
        dims: dims.map(BigInt),
        dataType,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: "location", value: "apart" }],
      }),
    ))
  );
  const pieces = initializers.map((initializer) => {
    const { name, dims, type: dataType, data } = initializer;
    const info = { name, dims: dims.map(BigInt), dataType };
    const tensor = toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, info),
    );
    const raw = [...tag(RAW_DATA), ...varint(data.length)];
    const tensorSize = tensor.length + raw.length + data.length;
    const field = [...tag(INITIALIZER), ...varint(tensorSize)];
    const prefix = Uint8Array.from([
      ...tag(GRAPH),
      ...varint(field.length + tensorSize),
      ...field,
      ...tensor,
      ...raw,
    ]);
    return { initializer, prefix };
  });
  const size = pieces.reduce(
    (sum, { prefix, initializer }) =>
      sum + prefix.length + initializer.data.length,
    named.reduce((sum, { length }) => sum + length, head.length),
  );
  if (size >= 2 ** 31) {
    throw new RangeError(
      `The session graph is ${size} bytes; ONNX Runtime takes at most 2 GiB in one message`,
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of [head, ...named]) {
    bytes.set(piece, at);
    at += piece.length;
  }
  for (const { prefix, initializer } of pieces) {
    bytes.set(prefix, at);
    bytes.set(initializer.data, at + prefix.length);
    at += prefix.length + initializer.data.length;
    taken(initializer);
  }
  return bytes;
}

/** A serialised tensor as a further piece of a serialised model: one more weight of its graph. */
export function weightPiece(tensor: Uint8Array): Uint8Array<ArrayBuffer> {
  return delimited(GRAPH, delimited(INITIALIZER, tensor));
}

/** A serialised function as a further piece of a serialised model. */
export function functionPiece(fn: Uint8Array): Uint8Array<ArrayBuffer> {
  return delimited(FUNCTIONS, fn);
}

function delimited(
  field: number,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = [...tag(field), ...varint(content.length)];
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}

/** The key of a length-delimited field. */
function tag(field: number): number[] {
  return varint(field << 3 | 2);
}

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push(rest % 128 | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
