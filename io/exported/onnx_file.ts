import { fromBinary } from "@bufbuild/protobuf";
import {
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";
import { type OnnxTensor, readTensorHead } from "./onnx_tensor.ts";
import { type WireField, WireReader } from "./onnx_wire.ts";

/** An input or output of a graph: its ONNX element type and its sizes, names where they are open. */
export interface OnnxValue {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly (number | string)[];
}

/** An ONNX model without its weights, which stay in the file. */
export interface OnnxFile {
  readonly path: string;
  readonly irVersion: number;
  /** Who wrote it: `pytorch 2.6.0`. */
  readonly producer: string;
  /** By domain; ONNX's own is `""`. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Functions of the model's own, as they are written. */
  readonly functions: readonly Uint8Array[];
  /** Reads bytes of the file. */
  read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Field numbers of onnx.proto. */
const MODEL = { ir: 1, producer: 2, version: 3, graph: 7, opset: 8, fn: 25 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparse: 15 };

/**
 * Reads an ONNX model up to its weights.
 *
 * @throws {FormatError} If it is damaged or no ONNX model.
 */
export async function readOnnx(source: ByteSource): Promise<OnnxFile> {
  const reader = new WireReader(source);
  const text = async (field: WireField) =>
    new TextDecoder().decode(await reader.content(field));
  const file = {
    path: source.path,
    irVersion: 0,
    opsets: new Map<string, number>(),
    nodes: [] as NodeProto[],
    inputs: [] as OnnxValue[],
    outputs: [] as OnnxValue[],
    initializers: new Map<string, OnnxTensor>(),
    functions: [] as Uint8Array[],
  };
  const producer = ["", ""];
  let graphs = 0;
  try {
    for await (const field of reader.fields(0, source.size)) {
      if (field.number === MODEL.ir) file.irVersion = field.value;
      if (field.number === MODEL.producer) producer[0] = await text(field);
      if (field.number === MODEL.version) producer[1] = await text(field);
      if (field.number === MODEL.fn) {
        file.functions.push(await reader.content(field));
      }
      if (field.number === MODEL.opset) {
        const bytes = await reader.content(field);
        const { domain, version } = fromBinary(OperatorSetIdProtoSchema, bytes);
        file.opsets.set(domain === "ai.onnx" ? "" : domain, Number(version));
      }
      if (field.number === MODEL.graph) {
        graphs++;
        await readGraph(reader, field, file);
      }
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      source.path,
      `it is no ONNX model: ${reason}`,
      undefined,
      { cause },
    );
  }
  if (graphs === 0 || !file.opsets.has("")) {
    throw new FormatError(
      source.path,
      "it is no ONNX model: it holds no graph, or does not say which operators it uses",
    );
  }
  return {
    ...file,
    producer: producer.join(" ").trim(),
    read: (from, length) => source.read(from, length),
  };
}

async function readGraph(
  reader: WireReader,
  graph: WireField,
  file: {
    readonly path: string;
    readonly nodes: NodeProto[];
    readonly inputs: OnnxValue[];
    readonly outputs: OnnxValue[];
    readonly initializers: Map<string, OnnxTensor>;
  },
): Promise<void> {
  const end = graph.from + graph.length;
  for await (const field of reader.fields(graph.from, end)) {
    switch (field.number) {
      case GRAPH.node: {
        const bytes = await reader.content(field);
        file.nodes.push(fromBinary(NodeProtoSchema, bytes));
        break;
      }
      case GRAPH.initializer: {
        const tensor = await readTensorHead(reader, field);
        file.initializers.set(tensor.name, tensor);
        break;
      }
      case GRAPH.input:
      case GRAPH.output: {
        const bytes = await reader.content(field);
        const value = valueOf(fromBinary(ValueInfoProtoSchema, bytes));
        file[field.number === GRAPH.input ? "inputs" : "outputs"].push(value);
        break;
      }
      case GRAPH.sparse:
        throw new FormatError(
          file.path,
          "it holds sparse weights, which are not supported; export it with dense ones",
        );
    }
  }
}

function valueOf({ name, type }: ValueInfoProto): OnnxValue {
  const kind = type?.value;
  if (kind?.case !== "tensorType") return { name, type: 0, dims: [] };
  const dims = kind.value.shape?.dim ?? [];
  return {
    name,
    type: kind.value.elemType,
    dims: dims.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : value.value ?? "?"
    ),
  };
}
