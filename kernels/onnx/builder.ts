import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Elem,
} from "onnx-buf";
import type { GraphNode } from "./graph_node.ts";
import { liveNodes } from "./live_nodes.ts";
import { type Initializer, modelBytes } from "./model_bytes.ts";

/** Element types that kernels use. */
export type DType = keyof typeof elem;

/** A fixed size, or the name of a size known only at run time. */
export type Dim = number | string;

/** A value inside the graph being built: a handle, never data. */
export interface Value {
  readonly name: string;
}

/** An operator's attribute; whole numbers become INT unless wrapped by {@linkcode float}. A builder is the graph of a body. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | FloatAttribute
  | GraphBuilder;

/** A FLOAT attribute whatever its value. */
export interface FloatAttribute {
  readonly float: number;
}

/** Marks an attribute as FLOAT: `scale: float(1)`. */
export function float(value: number): FloatAttribute {
  return { float: value };
}

const elem = {
  float32: Elem.FLOAT,
  float64: Elem.DOUBLE,
  float16: Elem.FLOAT16,
  int64: Elem.INT64,
  int32: Elem.INT32,
  uint8: Elem.UINT8,
  int8: Elem.INT8,
  bool: Elem.BOOL,
} as const;

/** Data of a constant, by element type. */
export type ConstantData =
  | Float32Array
  | Uint16Array // float16
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** An operator that a kernel wrote. */
export interface Op {
  readonly type: string;
  /** A missing optional input is `undefined`. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Value[];
}

/** Bytes from which a constant can travel apart from its model. */
const LARGE = 1 << 16;

const names = new Map(
  Object.entries(elem).map(([name, code]): [Elem, DType] => [
    code,
    name as DType,
  ]),
);

/** A constant that travels apart from its model. */
export interface Weight {
  readonly type: DType;
  readonly dims: readonly number[];
  /** The values' bytes. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The operator domain of ONNX Runtime's own kernels. */
const CONTRIB = "com.microsoft";

/** An input or output as it is written. */
export interface GraphValue {
  readonly name: string;
  readonly type: object;
}

/** What a graph was told so far. */
export interface GraphParts {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

/** Collects ONNX nodes; kernels are functions that call it. */
export class GraphBuilder {
  /** The folder of files that hold weights; absent where the model's bytes hold all of them. */
  readonly folder?: string;
  /** The file that the graph came out of; absent where it was written here. */
  readonly origin?: string;
  readonly #nodes: GraphNode[] = [];
  readonly #ops = new Map<GraphNode, Op>();
  readonly #ranks = new Map<string, number>();
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #shared = new Map<string, Value>();
  readonly #constants = new Map<ConstantData, Value>();
  /** The graph that this one is a body in. */
  #around?: GraphBuilder;
  #next = 0;

  /** @param prefix Before the names of values that are made here. */
  constructor(readonly prefix: string = "") {}

  /**
   * The body of an operator that runs a graph (Loop, If), to be given as its attribute. It may read every value that
   * was made here; its constants are kept here.
   */
  body(): GraphBuilder {
    const body = new GraphBuilder(this.prefix);
    body.#around = this;
    return body;
  }

  /** A graph input. */
  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    this.#inputs.push(tensorInfo(name, dtype, shape));
    this.#ranks.set(name, shape.length);
    return { name };
  }

  /**
   * A constant tensor; the data is not copied before {@linkcode build}, and an array that is given again in the same
   * shape is the same constant.
   */
  constant(data: ConstantData, shape: readonly number[]): Value {
    if (this.#around) return this.#around.constant(data, shape);
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length) {
      throw new TypeError(
        `Constant of shape [${shape}] needs ${size} values, got ${data.length}`,
      );
    }
    const same = this.#constants.get(data);
    const held = same && this.#initializers.find((c) => c.name === same.name);
    if (held && held.dims.join() === shape.join()) return same;
    const name = this.#fresh("c");
    this.#initializers.push({
      name,
      dims: shape,
      type: elem[dtypeOf(data)],
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    this.#ranks.set(name, shape.length);
    const value = { name };
    this.#constants.set(data, value);
    return value;
  }

  /** The value in fp32: where nothing but the speed of a product allows fewer bits. */
  single(value: Value): Value {
    return value;
  }

  /** A 1-D int64 constant, for axes and shapes; equal ones are shared. */
  ints(...values: number[]): Value {
    if (this.#around) return this.#around.ints(...values);
    const key = values.join(",");
    let value = this.#shared.get(key);
    if (!value) {
      const data = BigInt64Array.from(values, BigInt);
      this.#shared.set(key, value = this.constant(data, [values.length]));
    }
    return value;
  }

  /** An operator with one output; a missing optional input is `undefined`. */
  op(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.ops(type, 1, inputs, attributes)[0]!;
  }

  /** An operator with several outputs. A name with a dot (`com.microsoft.X`) names its domain. */
  ops(
    type: string,
    outputs: number,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const contrib = CONTRIB_OPS.has(type);
    const output = Array.from({ length: outputs }, () => this.#fresh(type));
    const node: GraphNode = {
      opType: type,
      name: output[0],
      domain: contrib ? CONTRIB : "",
      input: inputs.map((v) => v?.name ?? ""),
      output,
      attribute: Object.entries(attributes).map(([name, v]) =>
        attribute(name, v)
      ),
    };
    this.#nodes.push(node);
    const values = output.map((name) => ({ name }));
    this.#ops.set(node, { type, inputs, attributes, outputs: values });
    return values;
  }

  /** Names a value as a graph output. */
  output(name: string, value: Value, dtype: DType, shape: readonly Dim[]) {
    this.alias(name, value);
    this.#outputs.push(tensorInfo(name, dtype, shape));
  }

  /** Gives a value a further name. */
  protected alias(name: string, value: Value): void {
    this.#nodes.push({
      opType: "Identity",
      name,
      input: [value.name],
      output: [name],
    });
  }

  /**
   * Replaces operators that a provider lacks: `by` writes others and gives what stands for the operator's outputs, or
   * leaves it.
   */
  rewrite(by: (op: Op) => readonly Value[] | undefined): void {
    for (const node of this.#nodes.splice(0)) {
      const op = this.#ops.get(node);
      const values = op && by(op);
      if (!values) this.#nodes.push(node);
      else values.forEach((value, i) => this.alias(node.output[i]!, value));
    }
  }

  /** The number of axes of a graph input or a constant; `undefined` for what is computed. */
  rank(value: Value): number | undefined {
    return this.#ranks.get(value.name);
  }

  /** Bytes of all constants. */
  get constantBytes(): number {
    return this.#initializers.reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Names of the graph's outputs. */
  outputNames(): string[] {
    return this.#outputs.map(({ name }) => name);
  }

  /** The finished model as ONNX bytes. */
  build(): Uint8Array<ArrayBuffer> {
    return modelBytes(this.model(this.parts()), this.#initializers);
  }

  /**
   * The finished model; the constants' memory is given back as it is copied, so that a model's weights are not
   * held twice until the collector comes. The arrays that were passed to {@linkcode constant} are unusable then.
   */
  buildOnce(): Uint8Array<ArrayBuffer> {
    const model = this.model(this.parts());
    return modelBytes(model, this.#initializers, [], ({ data }) => {
      const { buffer } = data;
      if (buffer instanceof ArrayBuffer) buffer.transfer(0);
    });
  }

  /**
   * The finished model without the data of its large constants, for engines that take these apart: a message may not
   * pass 2 GiB. The arrays go with the result.
   */
  buildApart(): {
    readonly model: Uint8Array<ArrayBuffer>;
    readonly weights: Record<string, Weight>;
  } {
    const large = (of: Initializer) => of.data.length >= LARGE;
    const model = modelBytes(
      this.model(this.parts()),
      this.#initializers.filter((of) => !large(of)),
      this.#initializers.filter(large),
    );
    const weights = this.#initializers.filter(large).map((of) =>
      [of.name, {
        type: names.get(of.type)!,
        dims: of.dims,
        data: of.data as Uint8Array<ArrayBuffer>,
      }] as const
    );
    return { model, weights: Object.fromEntries(weights) };
  }

  /** The model without its constants. */
  protected model({ nodes, inputs, outputs }: GraphParts): object {
    // ONNX Runtime runs operators that nothing needs after all others, and holds what they read until then.
    const live = new Set(liveNodes(nodes, outputs.map(({ name }) => name)));
    const node = nodes.filter((node) => live.has(node));
    return {
      irVersion: 10n,
      producerName: "parallelcomp",
      opsetImport: [{ version: 21n }, { domain: CONTRIB, version: 1n }],
      graph: graphOf({ nodes: node, inputs, outputs }),
    };
  }

  /** The attribute that a body is given as. */
  asAttribute(name: string): object {
    return { name, type: Kind.GRAPH, g: graphOf(this.parts()) };
  }

  /** All that was written so far. */
  protected parts(): GraphParts {
    return {
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #fresh(hint: string): string {
    if (this.#around) return this.#around.#fresh(hint);
    return `${this.prefix}${hint}_${this.#next++}`;
  }
}

const CONTRIB_OPS: ReadonlySet<string> = new Set([
  "DynamicQuantizeMatMul",
  "FastGelu",
  "FusedMatMul",
  "GroupQueryAttention",
  "MatMulIntegerToFloat",
  "MatMulNBits",
  "RotaryEmbedding",
  "SkipSimplifiedLayerNormalization",
]);

function graphOf({ nodes, inputs, outputs }: GraphParts): object {
  return {
    name: "parallelcomp",
    node: nodes,
    input: inputs,
    output: outputs,
  };
}

function dtypeOf(data: ConstantData): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint16Array) return "float16";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Int8Array) return "int8";
  return "uint8";
}

function tensorInfo(
  name: string,
  dtype: DType,
  shape: readonly Dim[],
): GraphValue {
  const dim = shape.map((d) => ({
    value: typeof d === "number"
      ? { case: "dimValue" as const, value: BigInt(d) }
      : { case: "dimParam" as const, value: d },
  }));
  const value = { elemType: elem[dtype], shape: { dim } };
  return { name, type: { value: { case: "tensorType", value } } };
}

function attribute(name: string, v: Attribute): object {
  if (v instanceof GraphBuilder) return v.asAttribute(name);
  if (typeof v === "string") {
    return { name, type: Kind.STRING, s: new TextEncoder().encode(v) };
  }
  if (typeof v === "number") {
    return Number.isInteger(v)
      ? { name, type: Kind.INT, i: BigInt(v) }
      : { name, type: Kind.FLOAT, f: v };
  }
  if ("float" in v) return { name, type: Kind.FLOAT, f: v.float };
  return { name, type: Kind.INTS, ints: v.map(BigInt) };
}
