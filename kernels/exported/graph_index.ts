import type { AttributeProto, NodeProto } from "onnx-buf";
import type { OnnxFile } from "../../io/exported/onnx_file.ts";
import { constantScalar } from "../../io/exported/onnx_tensor.ts";
import { readsOf } from "../onnx/live_nodes.ts";

/** Who makes and who reads every value of an exported graph. */
export class GraphIndex {
  readonly #producers = new Map<string, NodeProto>();
  readonly #consumers = new Map<string, NodeProto[]>();

  constructor(readonly file: OnnxFile) {
    for (const node of file.nodes) {
      for (const name of node.output) {
        if (name) this.#producers.set(name, node);
      }
      for (const name of new Set(readsOf(node))) {
        const readers = this.#consumers.get(name);
        if (readers) readers.push(node);
        else this.#consumers.set(name, [node]);
      }
    }
  }

  /** The node that makes a value; nothing for inputs and weights. */
  producer(name: string): NodeProto | undefined {
    return this.#producers.get(name);
  }

  /** The nodes that read a value. */
  consumers(name: string): readonly NodeProto[] {
    return this.#consumers.get(name) ?? [];
  }

  /** The number that a value is, where it is a constant of one number. */
  scalar(name: string): number | undefined {
    const stored = this.file.initializers.get(name);
    if (stored) return stored.scalar;
    const node = this.producer(name);
    if (!node) return undefined;
    if (node.opType === "Identity" || node.opType === "Cast") {
      return this.scalar(node.input[0]!);
    }
    if (node.opType !== "Constant") return undefined;
    const value = attribute(node, "value")?.t;
    if (value) return constantScalar(value);
    const float = attribute(node, "value_float");
    if (float) return float.f;
    const int = attribute(node, "value_int");
    return int && Number(int.i);
  }
}

/** An attribute of a node. */
export function attribute(
  node: NodeProto,
  name: string,
): AttributeProto | undefined {
  return node.attribute.find((a) => a.name === name);
}
