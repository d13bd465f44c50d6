import { TensorProto_DataType as Elem } from "onnx-buf";
import {
  type Attribute,
  type ConstantData,
  type Dim,
  type DType,
  GraphBuilder,
  type Value,
} from "./builder.ts";

/** What a value holds, as far as precision goes. */
type Kind = "half" | "single" | "other";

/** Operators whose outputs are numbers of no precision, whatever goes in. */
const COUNTS: ReadonlySet<string> = new Set([
  "And",
  "ArgMax",
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "IsInf",
  "IsNaN",
  "Less",
  "LessOrEqual",
  "Not",
  "Or",
  "Shape",
]);

/** Largest number in 16 bits: what masks scores is beyond it. */
const LARGEST = 65504;

/**
 * Writes graphs that compute in 16 bits: kernels stay as they are.
 *
 * Inputs and outputs stay fp32, so that feeds and results do; constants take the precision of what they meet, and where
 * 16 bits meet fp32 the result is fp32. What must be exact says so by {@linkcode GraphBuilder.single}.
 */
export class HalfBuilder extends GraphBuilder {
  readonly #kinds = new Map<string, Kind>();
  /** Float constants, which are written when it is known how. */
  readonly #floats = new Map<
    string,
    { readonly data: Float32Array; readonly shape: readonly number[] }
  >();
  readonly #written = new Map<string, Value>();
  /** What values were before they were cast. */
  readonly #before = new Map<string, Value>();

  override input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    const value = super.input(name, dtype, shape);
    if (dtype !== "float32") return this.#is(value, kindOf(dtype));
    return this.#cast(this.#is(value, "single"), "half");
  }

  override constant(data: ConstantData, shape: readonly number[]): Value {
    if (!(data instanceof Float32Array)) {
      return this.#is(super.constant(data, shape), "other");
    }
    const value = { name: `float_${this.#floats.size}` };
    this.#floats.set(value.name, { data, shape });
    return value;
  }

  override ops(
    type: string,
    outputs: number,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const kinds = inputs.map((value) => value && this.#kinds.get(value.name));
    const constants = inputs.some((value) => value && this.#isFloat(value));
    const kind = kinds.includes("single")
      ? "single"
      : kinds.includes("half") || constants
      ? "half"
      : "other";
    const made = super.ops(
      type,
      outputs,
      type === "Cast" ? inputs : inputs.map((value) => this.#as(value, kind)),
      attributes,
    );
    const first = type === "Cast"
      ? castKind(attributes.to)
      : COUNTS.has(type)
      ? "other"
      : kind;
    // TopK's second output counts.
    made.forEach((value, i) =>
      this.#is(value, type === "TopK" && i === 1 ? "other" : first)
    );
    return made;
  }

  override output(
    name: string,
    value: Value,
    dtype: DType,
    shape: readonly Dim[],
  ): void {
    const exact = dtype === "float32" ? this.single(value) : value;
    super.output(name, exact, dtype, shape);
  }

  override single(value: Value): Value {
    return this.#as(value, "single")!;
  }

  override rank(value: Value): number | undefined {
    return this.#floats.get(value.name)?.shape.length ?? super.rank(value);
  }

  /** The value as numbers of this precision, if it is one of precision. */
  #as(value: Value | undefined, kind: Kind): Value | undefined {
    if (!value) return undefined;
    if (this.#isFloat(value)) {
      return this.#write(value, kind === "single" ? "single" : "half");
    }
    const is = this.#kinds.get(value.name);
    return is === "other" || is === kind || kind === "other"
      ? value
      : this.#cast(value, kind);
  }

  #cast(value: Value, to: "half" | "single"): Value {
    const before = this.#before.get(value.name);
    if (before && this.#kinds.get(before.name) === to) return before;
    const code = to === "half" ? Elem.FLOAT16 : Elem.FLOAT;
    const [cast] = super.ops("Cast", 1, [value], { to: code });
    this.#before.set(cast!.name, value);
    return this.#is(cast!, to);
  }

  #isFloat(value: Value): boolean {
    return this.#floats.has(value.name);
  }

  /** Writes a constant as it is first met; where it is met otherwise too, that is cast. */
  #write(value: Value, kind: "half" | "single"): Value {
    const { data, shape } = this.#floats.get(value.name)!;
    let written = this.#written.get(value.name);
    if (!written) {
      const numbers = kind === "half" ? halves(data) : data;
      written = this.#is(super.constant(numbers, shape), kind);
      this.#written.set(value.name, written);
      this.#floats.set(value.name, { data: new Float32Array(0), shape });
    }
    return this.#kinds.get(written.name) === kind
      ? written
      : this.#cast(written, kind);
  }

  #is(value: Value, kind: Kind): Value {
    this.#kinds.set(value.name, kind);
    return value;
  }
}

function kindOf(dtype: DType): Kind {
  if (dtype === "float32") return "single";
  return dtype === "float16" ? "half" : "other";
}

function castKind(to: Attribute | undefined): Kind {
  if (to === Elem.FLOAT16) return "half";
  return to === Elem.FLOAT || to === Elem.DOUBLE ? "single" : "other";
}

/** Numbers in 16 bits; what is too large becomes the largest. */
function halves(data: Float32Array): Uint16Array<ArrayBuffer> {
  const half = new Float16Array(data);
  if (data.length < 64) { // masks are single numbers
    for (const [i, v] of data.entries()) {
      if (Math.abs(v) > LARGEST) half[i] = Math.sign(v) * LARGEST;
    }
  }
  return new Uint16Array(half.buffer);
}
