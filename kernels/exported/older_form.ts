import type { Attribute, Value } from "../onnx/builder.ts";

/** Reductions that took their axes as an attribute before operator set 18. */
const REDUCTIONS = new Set([
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSumSquare",
]);

/** An operator as it is asked for. */
export interface AskedOperator {
  readonly type: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The second input's numbers, where they are constant. */
  readonly axes: readonly number[] | undefined;
}

/** How operator sets 13 to 17 write it. */
export interface OlderForm {
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The part of the result that was asked for. */
  readonly slice?: readonly [from: number, to: number];
}

/** How an older operator set writes an operator; nothing where it is written alike. */
export function olderForm(
  opset: number,
  { type, inputs, attributes, axes }: AskedOperator,
): OlderForm | undefined {
  if (opset < 18 && REDUCTIONS.has(type) && inputs.length > 1) {
    if (!axes) throw new TypeError(`${type} needs constant axes`);
    return { inputs: [inputs[0]], attributes: { ...attributes, axes } };
  }
  if (opset < 15 && type === "Shape" && "start" in attributes) {
    const from = attributes.start as number;
    const to = (attributes.end ?? 2 ** 31 - 1) as number;
    return { inputs, attributes: {}, slice: [from, to] };
  }
}
